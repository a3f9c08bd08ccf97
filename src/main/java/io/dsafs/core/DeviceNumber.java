package io.dsafs.core;

/** Major and minor number of a char device. */
public record DeviceNumber(int major, int minor) {
  @Override
  public String toString() {
    return major + ":" + minor;
  }
}
