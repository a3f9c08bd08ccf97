package io.dsafs.idxd;

/** The kinds of accelerators that the drivers know. Mirrors enum idxd_type. */
public enum DeviceKind {
  /** Data Streaming Accelerator. */
  DSA("dsa"),
  /** In-Memory Analytics Accelerator. */
  IAX("iax");

  private final String word;

  DeviceKind(String word) {
    this.word = word;
  }

  /**
   * What its devices' names start with; also their DEVTYPE, their char region, and the directory of
   * their queues' nodes.
   */
  public String word() {
    return word;
  }
}
