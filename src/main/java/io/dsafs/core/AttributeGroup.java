package io.dsafs.core;

import java.util.List;

/**
 * A named sub-directory of text files in an object's directory, such as {@code power}, {@code
 * msi_irqs} or {@code parameters}.
 *
 * <p>Mirrors struct attribute_group with its name set.
 *
 * @param name the directory's name
 * @param object what the files show and store
 * @param attributes the files
 */
public record AttributeGroup<T>(String name, T object, List<Attribute<T>> attributes) {}
