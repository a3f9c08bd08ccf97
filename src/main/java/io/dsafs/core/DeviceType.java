package io.dsafs.core;

import java.util.List;

/**
 * What devices of a kind share: the DEVTYPE of their events and the files of their directory.
 *
 * @param name DEVTYPE, or null for none
 * @param attributes text files in creation order
 * @param binaryAttributes binary files
 */
public record DeviceType<T extends Device>(
    String name, List<Attribute<T>> attributes, List<BinaryAttribute<T>> binaryAttributes) {

  public DeviceType(String name, List<Attribute<T>> attributes) {
    this(name, attributes, List.of());
  }
}
