package io.dsafs.idxd.mainline;

import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What sysfs shows of an open queue node: {@code wq0.0/dsa!wq0.0/file0}. Mirrors the device in
 * struct idxd_user_context and cdev_file_attributes in cdev.c.
 */
final class UserFileDevice extends Device {
  static final List<Attribute<UserFileDevice>> TABLE =
      List.of(
          readOnly("cr_faults", file -> file.faults + "\n", since(6, 4)),
          readOnly("cr_fault_failures", file -> file.failures + "\n", since(6, 4)),
          readOnly("pid", file -> file.tid + "\n", since(6, 4)));

  private static final DeviceType<UserFileDevice> TYPE = new DeviceType<>("idxd_file", TABLE);

  private final int tid;
  private final AtomicLong faults = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  /**
   * @param node whose directory it is in
   * @param number F of {@code fileF}
   * @param tid the thread that opened
   */
  UserFileDevice(MainlineCdev node, int number, int tid) {
    super("file" + number, node, node.bus(), TYPE);
    this.tid = tid;
  }

  /** A completion record could not be written, and the driver saw to it. */
  void countFault() {
    faults.incrementAndGet();
  }

  /** Neither could the driver write it. */
  void countFailure() {
    failures.incrementAndGet();
  }
}
