package io.dsafs.idxd;

/** The driver's view of a device, in the order of the kernel's values -1 to 2. */
public enum DeviceState {
  HALTED("halted"),
  DISABLED("disabled"),
  /** Set up in sysfs and not enabled; user space cannot tell it from {@link #DISABLED}. */
  CONF_READY("disabled"),
  ENABLED("enabled");

  private final String word;

  DeviceState(String word) {
    this.word = word;
  }

  /** The word of the {@code state} attribute. */
  public String word() {
    return word;
  }
}
