package io.dsafs.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Regions of device numbers, and what answers an open of a number. */
public final class CharDevices {
  /** Dynamic majors are given from here downwards, as the kernel does. */
  private static final int HIGHEST_DYNAMIC_MAJOR = 254;

  @GuardedBy("this")
  private final Map<Integer, String> regions = new TreeMap<>();

  private final Map<DeviceNumber, CharDevice> active = new ConcurrentHashMap<>();

  /** Takes a free major for a region of that name. Mirrors alloc_chrdev_region(). */
  public synchronized int allocateRegion(String name) throws ErrnoException {
    for (int major = HIGHEST_DYNAMIC_MAJOR; major > 234; major--) {
      if (regions.putIfAbsent(major, name) == null) {
        return major;
      }
    }
    throw new ErrnoException(Errno.EBUSY, "no char device major is free");
  }

  /** Gives a region back. */
  public synchronized void releaseRegion(int major) {
    regions.remove(major);
  }

  /** From now on the number answers opens. Mirrors cdev_add(). */
  public void activate(DeviceNumber number, CharDevice device) throws ErrnoException {
    if (active.putIfAbsent(number, device) != null) {
      throw new ErrnoException(Errno.EBUSY, number + " is taken");
    }
  }

  /** The number no longer answers opens; open files stay. Mirrors cdev_del(). */
  public void deactivate(DeviceNumber number) {
    active.remove(number);
  }

  /** What answers the number. ENXIO: nothing does. */
  public CharDevice lookup(DeviceNumber number) throws ErrnoException {
    CharDevice device = active.get(number);
    if (device == null) {
      throw new ErrnoException(Errno.ENXIO, "no device " + number);
    }
    return device;
  }
}
