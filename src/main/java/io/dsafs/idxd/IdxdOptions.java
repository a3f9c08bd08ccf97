package io.dsafs.idxd;

/**
 * Choices of whoever loads the driver.
 *
 * @param strictAbi true to leave out what March 2020 did not have: the device attribute {@code
 *     cmd_status} and write(2) on a queue's node. The portal ioctls stay: they stand for mmap(2),
 *     which that kernel had.
 */
public record IdxdOptions(boolean strictAbi) {
  public static final IdxdOptions STANDARD = new IdxdOptions(false);
}
