package io.dsafs.vfs;

import io.dsafs.core.Attribute;
import io.dsafs.core.AttributeGroup;
import io.dsafs.core.BinaryAttribute;
import java.util.List;

/** Fills a directory that nobody sees yet with the files of an object. */
final class AttributeFiles {
  private AttributeFiles() {}

  /** Adds the files that the object has. */
  static <T> void fill(Directory directory, List<Attribute<T>> attributes, T object) {
    for (Attribute<T> attribute : attributes) {
      if (attribute.visible().test(object)) {
        directory.put(attribute.name(), new AttributeFile<>(directory, attribute, object));
      }
    }
  }

  /** Adds the binary files that the object has: those of a size. */
  static <T> void fillBinary(Directory directory, List<BinaryAttribute<T>> attributes, T object) {
    for (BinaryAttribute<T> attribute : attributes) {
      if (attribute.size().applyAsLong(object) > 0) {
        directory.put(attribute.name(), new BinaryFile<>(directory, attribute, object));
      }
    }
  }

  /** A directory with the files of a group, not yet in its parent. */
  static <T> Directory directory(Directory parent, AttributeGroup<T> group) {
    Directory directory = parent.newChild(group.name());
    fill(directory, group.attributes(), group.object());
    return directory;
  }
}
