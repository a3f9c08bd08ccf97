package io.dsafs.core;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import java.util.List;

/**
 * Runtime power management of a device, which is never suspended: the files of {@code power/}.
 *
 * <p>Source: drivers/base/power/sysfs.c; swq-v1 section 1.7.
 */
public final class RuntimePower {
  private static final List<Attribute<RuntimePower>> TABLE =
      List.of(
          attr("control", 0644, RuntimePower::control, RuntimePower::setControl, since(2, 6)),
          readOnly("runtime_status", RuntimePower::status, since(2, 6)),
          readOnly("runtime_active_time", power -> power.activeMillis() + "\n", since(2, 6)),
          readOnly("runtime_suspended_time", power -> "0\n", since(2, 6)),
          attr(
              "autosuspend_delay_ms",
              0644,
              power -> {
                throw noAutosuspend();
              },
              (power, text) -> {
                throw noAutosuspend();
              },
              since(2, 6)));

  private volatile boolean automatic = true;

  /** When the device became active by System.nanoTime(), or null where this is unsupported. */
  private volatile Long activeSince;

  /** The directory of files. */
  public AttributeGroup<RuntimePower> group() {
    return new AttributeGroup<>("power", this, TABLE);
  }

  /** From now on the device counts as active and kept so. Mirrors pci_pm_init(). */
  public void enableKeptOn() {
    automatic = false;
    activeSince = System.nanoTime();
  }

  private String control() {
    return automatic ? "auto\n" : "on\n";
  }

  private void setControl(String text) throws ErrnoException {
    if (KernelText.equalsWord(text, "auto")) {
      automatic = true;
    } else if (KernelText.equalsWord(text, "on")) {
      automatic = false;
    } else {
      throw new ErrnoException(Errno.EINVAL, "neither auto nor on: " + text.strip());
    }
  }

  private String status() {
    return activeSince == null ? "unsupported\n" : "active\n";
  }

  private long activeMillis() {
    Long start = activeSince;
    return start == null ? 0 : (System.nanoTime() - start) / 1_000_000;
  }

  private static ErrnoException noAutosuspend() {
    return new ErrnoException(Errno.EIO, "the device does not use autosuspend");
  }
}
