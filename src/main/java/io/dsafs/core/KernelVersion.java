package io.dsafs.core;

/** A kernel release, as the KernelVersion field of an ABI document gives it. */
public record KernelVersion(int major, int minor, int patch) {
  public static KernelVersion since(int major, int minor) {
    return new KernelVersion(major, minor, 0);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
