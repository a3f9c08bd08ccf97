package io.dsafs.survey;

import java.util.Locale;

/**
 * What lstat(2) says about a file.
 *
 * @param mode the permission bits
 */
record FileFacts(Kind kind, int mode, long sizeBytes) {
  enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    /** A char device, or whatever else is none of the others. */
    NODE;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Kind of(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT));
    }
  }

  private static final int TYPE_MASK = 0170000;
  private static final int DIRECTORY_TYPE = 0040000;
  private static final int FILE_TYPE = 0100000;
  private static final int LINK_TYPE = 0120000;
  private static final int PERMISSIONS = 07777;

  /** Takes {@code st_mode} apart. */
  static FileFacts of(int mode, long sizeBytes) {
    Kind kind =
        switch (mode & TYPE_MASK) {
          case DIRECTORY_TYPE -> Kind.DIRECTORY;
          case FILE_TYPE -> Kind.FILE;
          case LINK_TYPE -> Kind.LINK;
          default -> Kind.NODE;
        };
    return new FileFacts(kind, mode & PERMISSIONS, sizeBytes);
  }

  boolean hasReadBit() {
    return (mode & 0444) != 0;
  }

  String octal() {
    return String.format(Locale.ROOT, "%04o", mode);
  }
}
