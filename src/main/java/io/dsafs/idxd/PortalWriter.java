package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Portal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Submits the descriptors of a write(2) through the limited portal of a queue: no lock, and no
 * allocation. Mirrors idxd_cdev_write() of 6.16.
 */
// A refusal carries no stack trace, and the same one serves every time.
@SuppressWarnings("StaticAssignmentOfThrowable")
final class PortalWriter {
  static final int DESCRIPTOR_BYTES = Descriptor.SIZE_BYTES;

  private static final int SLOTS = Portal.PAGE_BYTES / DESCRIPTOR_BYTES;

  /** Hardware of this version cannot be trusted with batches of user space. */
  private static final int VERSION_WITHOUT_USER_BATCHES = 0x100;

  private static final ErrnoException BATCH =
      new ErrnoException(Errno.EINVAL, "no batches through write(2)");
  private static final ErrnoException RECORD_ADDRESS =
      new ErrnoException(Errno.EINVAL, "completion record not aligned");
  private static final ErrnoException FULL = new ErrnoException(Errno.EAGAIN, "the queue is full");

  /** The caller's bytes are not changed: a shared queue's descriptor is completed in here. */
  private static final ThreadLocal<ByteBuffer> SCRATCH =
      ThreadLocal.withInitial(
          () -> ByteBuffer.allocateDirect(DESCRIPTOR_BYTES).order(ByteOrder.LITTLE_ENDIAN));

  private final IdxdWq wq;
  private final int pasid;
  private final int recordBytes;
  private final boolean batchAllowed;
  private final AtomicInteger nextSlot = new AtomicInteger();

  /**
   * @param pasid what a shared queue's descriptors are given
   */
  PortalWriter(IdxdWq wq, int pasid) {
    this.wq = wq;
    this.pasid = pasid;
    DeviceKind kind = wq.device().kind();
    this.recordBytes = kind.recordBytes();
    this.batchAllowed =
        kind != DeviceKind.DSA
            || wq.device().capabilities().version() != VERSION_WITHOUT_USER_BATCHES;
  }

  /**
   * Submits one descriptor after the other up to the first that is refused. Refusals, in the order
   * of the checks: EINVAL a batch on a DSA of version 1.0; EINVAL the completion record's address
   * is not a multiple of its size, whatever the flags say; EAGAIN a shared queue does not accept.
   *
   * <p>A dedicated queue never refuses; what it has no room for is lost.
   *
   * @param from whole descriptors; the rest is ignored
   * @return the bytes submitted, if any were; else the first refusal is thrown
   */
  int write(ByteBuffer from) throws ErrnoException {
    int start = from.position();
    int whole = from.remaining() / DESCRIPTOR_BYTES * DESCRIPTOR_BYTES;
    for (int done = 0; done < whole; done += DESCRIPTOR_BYTES) {
      ErrnoException refusal = submit(from, start + done);
      if (refusal != null) {
        if (done == 0) {
          throw refusal;
        }
        return done;
      }
    }
    return whole;
  }

  private ErrnoException submit(ByteBuffer from, int at) {
    int slot = Math.floorMod(nextSlot.getAndIncrement(), SLOTS);
    long offset = Portal.LIMITED.offset(wq.id()) + (long) slot * DESCRIPTOR_BYTES;
    int flagsAndOpcode = from.getInt(at + Descriptor.OPCODE.dwordOffset());
    if (!batchAllowed && Descriptor.OPCODE.get32(flagsAndOpcode) == Opcode.BATCH.code()) {
      return BATCH;
    }
    long record = from.getLong(at + Descriptor.COMPLETION_ADDR.byteOffset());
    if (record % recordBytes != 0) {
      return RECORD_ADDRESS;
    }
    ByteBuffer scratch = SCRATCH.get();
    scratch.put(0, from, at, DESCRIPTOR_BYTES);
    if (wq.dedicated()) {
      wq.device().userPortals().iosubmitCmds512(offset, scratch, 1);
      return null;
    }
    int owner = Descriptor.PASID.with32(scratch.getInt(0), pasid);
    scratch.putInt(0, Descriptor.PRIV.with32(owner, 0));
    int retries = wq.enqcmdsRetries();
    for (int tries = 0; tries <= retries; tries++) {
      if (wq.device().userPortals().iosubmitCmds512Sync(offset, scratch, 1) == 0) {
        return null;
      }
    }
    return FULL;
  }
}
