package io.dsafs.idxd;

/** The driver's view of a work queue. */
public enum WqState {
  DISABLED("disabled"),
  ENABLED("enabled");

  private final String word;

  WqState(String word) {
    this.word = word;
  }

  /** The word of the {@code state} attribute. */
  public String word() {
    return word;
  }
}
