package io.dsafs.hw;

import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.Field;
import io.dsafs.spec.Ims;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.MsixPerm;
import io.dsafs.spec.MsixTable;
import java.util.Arrays;

/**
 * Interrupts: the MSI-X table with its permissions and pending bits, the interrupt message storage,
 * and the causes behind entry 0.
 *
 * <p>Messages are posted with the device lock held and sent by {@link #flush} without it.
 *
 * <p>Source: hardware reference section 2.9.
 */
final class InterruptUnit {
  /** Bits 31:20 of an address that the interrupt message storage takes. */
  private static final int MESSAGE_WINDOW = 0xfee;

  private static final int WINDOW_SHIFT = 20;

  private final Object lock;
  private final PciConfig config;
  private final Bank causes;
  private final Bank permissions;
  private final Bank msix;
  private final Bank pending;
  private final Bank ims;
  private final int imsEntries;

  /** With the commands for handles, the handles that were asked for; else null. */
  private final boolean[] msixHandles;

  private final boolean[] imsHandles;

  private volatile Endpoint.InterruptSink sink = (address, data) -> {};

  private long[] addresses = new long[16];
  private int[] data = new int[16];
  private int first;
  private volatile int posted;

  /**
   * @param ims the storage, or null on a device without
   * @param handlesByCommand whether handles must be asked for
   */
  InterruptUnit(
      Object lock,
      PciConfig config,
      Bank causes,
      Bank permissions,
      Bank msix,
      Bank pending,
      Bank ims,
      boolean handlesByCommand) {
    this.lock = lock;
    this.config = config;
    this.causes = causes;
    this.permissions = permissions;
    this.msix = msix;
    this.pending = pending;
    this.ims = ims;
    imsEntries = ims == null ? 0 : ims.count();
    msixHandles = handlesByCommand ? new boolean[msix.count()] : null;
    imsHandles = handlesByCommand ? new boolean[imsEntries] : null;
    msix.onWrite(MsixTable.MASKED, (index, written) -> unmaskedMsix(index));
    if (ims != null) {
      ims.onWrite(Ims.MASKED, (index, written) -> unmaskedIms(index));
      ims.takes(Ims.ADDRESS, (index, written) -> written >>> WINDOW_SHIFT == MESSAGE_WINDOW);
    }
  }

  void connect(Endpoint.InterruptSink to) {
    sink = to;
  }

  boolean hasIms() {
    return ims != null;
  }

  // Handles.

  /** How many entries a table has. */
  int entries(boolean imsTable) {
    return imsTable ? imsEntries : msix.count();
  }

  /** Request or release of a handle; a handle is the index of its entry. */
  void setHandle(boolean imsTable, int index, boolean valid) {
    (imsTable ? imsHandles : msixHandles)[index] = valid;
  }

  /** Whether handles must be asked for. */
  boolean hasHandles() {
    return msixHandles != null;
  }

  /** How many handles were asked for and are valid. */
  int requestedHandles() {
    int count = 0;
    for (boolean[] table : new boolean[][] {msixHandles, imsHandles}) {
      for (int i = 0; table != null && i < table.length; i++) {
        count += table[i] ? 1 : 0;
      }
    }
    return count;
  }

  /** All handles become invalid, and software is told. */
  void revokeHandles() {
    Arrays.fill(msixHandles, false);
    Arrays.fill(imsHandles, false);
    raise(IntCause.INT_HANDLE_REVOKED);
  }

  private boolean isHandle(boolean imsTable, int handle) {
    if (handle < 0 || handle >= entries(imsTable)) {
      return false;
    }
    boolean[] asked = imsTable ? imsHandles : msixHandles;
    return asked == null || asked[handle];
  }

  /** Whether a queue may name a handle for its occupancy interrupt. */
  boolean isUsable(boolean imsTable, int handle) {
    return isHandle(imsTable, handle);
  }

  /**
   * Whether a descriptor may use a handle: it is in range, its PASID enable is that of the queue
   * and, if both have one, its PASID that of the descriptor.
   */
  boolean isPermitted(boolean imsTable, int handle, boolean hasPasid, int pasid) {
    if (!isHandle(imsTable, handle)) {
      return false;
    }
    boolean bound =
        imsTable ? ims.isSet(handle, Ims.PASID_EN) : permissions.isSet(handle, MsixPerm.PASID_EN);
    if (bound != hasPasid) {
      return false;
    }
    long owner = imsTable ? ims.get(handle, Ims.PASID) : permissions.get(handle, MsixPerm.PASID);
    return !hasPasid || owner == pasid;
  }

  // Causes.

  /** Sets a cause and sends entry 0; a cause that is set already does not suppress the message. */
  void raise(Field cause) {
    causes.set(cause, 1);
    sendMsix(0);
  }

  /** A descriptor has completed. */
  void completed(boolean imsTable, int handle) {
    boolean ignored =
        imsTable ? ims.isSet(handle, Ims.IGNORE) : permissions.isSet(handle, MsixPerm.IGNORE);
    if (!ignored) {
      send(imsTable, handle);
    }
  }

  /** An interrupt that no descriptor asked for. */
  void send(boolean imsTable, int handle) {
    if (imsTable) {
      sendIms(handle);
    } else {
      sendMsix(handle);
    }
  }

  private void sendMsix(int entry) {
    if (!config.isSet(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_ENABLE)) {
      return;
    }
    boolean masked =
        config.isSet(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_FUNCTION_MASK)
            || msix.isSet(entry, MsixTable.MASKED);
    if (masked) {
      pending.setWord(0, 0, pending.word(0, 0) | 1L << entry);
    } else {
      pending.setWord(0, 0, pending.word(0, 0) & ~(1L << entry));
      post(msix.get(entry, MsixTable.ADDRESS) & -4L, (int) msix.get(entry, MsixTable.DATA));
    }
  }

  private void sendIms(int entry) {
    if (ims.isSet(entry, Ims.MASKED)) {
      ims.set(entry, Ims.PENDING, 1);
    } else {
      ims.set(entry, Ims.PENDING, 0);
      post(ims.get(entry, Ims.ADDRESS) << 2, (int) ims.get(entry, Ims.DATA));
    }
  }

  private void unmaskedMsix(int entry) {
    if ((pending.word(0, 0) >>> entry & 1) != 0) {
      sendMsix(entry);
    }
  }

  private void unmaskedIms(int entry) {
    if (ims.isSet(entry, Ims.PENDING)) {
      sendIms(entry);
    }
  }

  /** MSI-X was enabled or the function unmasked: what is pending is sent. */
  void controlWritten() {
    for (int entry = 0; entry < msix.count(); entry++) {
      unmaskedMsix(entry);
    }
  }

  /** Drops pending interrupts and handles, as every reset does. */
  void reset() {
    pending.reset();
    if (msixHandles != null) {
      Arrays.fill(msixHandles, false);
      Arrays.fill(imsHandles, false);
    }
  }

  /** Drops what was posted and not sent. */
  void forget() {
    posted = 0;
  }

  private void post(long address, int value) {
    assert Thread.holdsLock(lock);
    if (!config.isSet(ConfigSpace.COMMAND, ConfigSpace.BUS_MASTER_ENABLE)) {
      return;
    }
    if (posted == addresses.length) {
      grow();
    }
    int at = (first + posted) % addresses.length;
    addresses[at] = address;
    data[at] = value;
    int more = posted + 1;
    posted = more;
  }

  private void grow() {
    int size = addresses.length;
    long[] moreAddresses = new long[2 * size];
    int[] moreData = new int[2 * size];
    for (int i = 0; i < size; i++) {
      moreAddresses[i] = addresses[(first + i) % size];
      moreData[i] = data[(first + i) % size];
    }
    addresses = moreAddresses;
    data = moreData;
    first = 0;
  }

  /** Sends what was posted; called without the lock. */
  void flush() {
    while (posted != 0) {
      long address;
      int value;
      synchronized (lock) {
        if (posted == 0) {
          return;
        }
        address = addresses[first];
        value = data[first];
        first = (first + 1) % addresses.length;
        int left = posted - 1;
        posted = left;
      }
      sink.message(address, value);
    }
  }
}
