package io.dsafs.idxd;

/** Who submits to a work queue. */
public enum WqType {
  NONE("none"),
  KERNEL("kernel"),
  USER("user");

  private final String word;

  WqType(String word) {
    this.word = word;
  }

  /** The word of the {@code type} attribute. */
  public String word() {
    return word;
  }
}
