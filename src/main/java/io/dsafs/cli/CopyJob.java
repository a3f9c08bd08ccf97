package io.dsafs.cli;

import io.dsafs.host.DeviceFile;
import io.dsafs.host.NativeBuffer;
import io.dsafs.spec.CompletionRecord;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Status;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Random;
import java.util.zip.CRC32C;

/** One kind of operation on this process's own memory, submitted again and again. */
final class CopyJob {
  /** What is asked of the device. */
  enum Operation {
    MEMMOVE(Opcode.MEMMOVE),
    FILL(Opcode.MEMFILL),
    CRC(Opcode.CRCGEN);

    private final Opcode opcode;

    Operation(Opcode opcode) {
      this.opcode = opcode;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How a descriptor gets to the queue. */
  enum Way {
    WRITE,
    ENQCMD,
    MOVDIR64B;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static final int LARGEST_BYTES = 1 << 29;

  // See Documentation/ioctl.md.
  private static final long PORTAL_MAP = 0xc028da01L;
  private static final long ENQCMD = 0xc050da03L;
  private static final long MOVDIR64B = 0x4050da04L;
  private static final int PAGE_BYTES = 4096;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int DESCRIPTOR = 16;
  private static final int STORE_BYTES = DESCRIPTOR + Descriptor.SIZE_BYTES;

  private static final long PATTERN = 0x8877665544332211L;
  private static final long GIVE_UP_NANOS = 30_000_000_000L;
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final DeviceFile file;
  private final Operation operation;
  private final int size;
  private final Way way;
  private final NativeBuffer source;
  private final NativeBuffer target;
  private final NativeBuffer recordMemory = new NativeBuffer(CompletionRecord.SIZE_BYTES);
  private final ByteBuffer record = recordMemory.bytes();

  /** struct dsafs_portal_store: handle, offset, descriptor. */
  private final NativeBuffer storeMemory = new NativeBuffer(STORE_BYTES);

  private final ByteBuffer store = storeMemory.bytes();

  CopyJob(DeviceFile file, Operation operation, int size, Way way) throws IOException {
    this.file = file;
    this.operation = operation;
    this.size = size;
    this.way = way;
    source = new NativeBuffer(size);
    target = new NativeBuffer(size);
    if (way != Way.WRITE) {
      store.putLong(0, mapPortal());
    }
    fillDescriptor();
  }

  private long mapPortal() throws IOException {
    NativeBuffer map = new NativeBuffer(40);
    map.bytes().putLong(0, PAGE_BYTES).putInt(8, PROT_WRITE).putInt(12, MAP_SHARED);
    file.ioctl(PORTAL_MAP, map);
    return map.bytes().getLong(24);
  }

  private void fillDescriptor() {
    int flags = Flag.CRAV.mask() | Flag.RCR.mask();
    store.putInt(DESCRIPTOR + Descriptor.FLAGS.byteOffset(), flags | operation.opcode.code() << 24);
    store.putLong(DESCRIPTOR + Descriptor.COMPLETION_ADDR.byteOffset(), recordMemory.address());
    store.putLong(
        DESCRIPTOR + Descriptor.SRC_ADDR.byteOffset(),
        operation == Operation.FILL ? PATTERN : source.address());
    if (operation != Operation.CRC) {
      store.putLong(DESCRIPTOR + Descriptor.DST_ADDR.byteOffset(), target.address());
    }
    store.putInt(DESCRIPTOR + Descriptor.XFER_SIZE.byteOffset(), size);
  }

  /**
   * Submits once, waits for the record, verifies the result.
   *
   * @param seed makes this run's data different from the last one's
   * @return nanoseconds from submission to record
   */
  long run(int seed) throws IOException {
    byte[] data = new byte[size];
    new Random(seed).nextBytes(data);
    source.bytes().put(0, data);
    target.bytes().put(0, new byte[size]);
    record.putLong(0, 0);
    long start = System.nanoTime();
    submit(start);
    int status = awaitStatus(start);
    long nanos = System.nanoTime() - start;
    if (status != Status.SUCCESS.code()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "operation %d ended with status 0x%02x, %d bytes completed, fault address 0x%x",
              seed,
              status,
              record.getInt(CompletionRecord.BYTES_COMPLETED.byteOffset()),
              record.getLong(CompletionRecord.FAULT_ADDR.byteOffset())));
    }
    verify(data, seed);
    return nanos;
  }

  private void submit(long start) throws IOException {
    switch (way) {
      case WRITE -> file.write(storeMemory, DESCRIPTOR, Descriptor.SIZE_BYTES);
      case MOVDIR64B -> file.ioctl(MOVDIR64B, storeMemory);
      case ENQCMD -> {
        while (file.ioctl(ENQCMD, storeMemory) != 0) {
          giveUpAfter(start, "the queue stayed full");
        }
      }
    }
  }

  private int awaitStatus(long start) throws IOException {
    while (true) {
      int first = (int) INT.getAcquire(record, 0);
      if ((first & 0xff) != 0) {
        return first & 0xff;
      }
      giveUpAfter(start, "no completion record came; a dedicated queue that is full drops work");
      Thread.onSpinWait();
    }
  }

  private static void giveUpAfter(long start, String reason) throws IOException {
    if (System.nanoTime() - start > GIVE_UP_NANOS) {
      throw new IOException(reason);
    }
  }

  private void verify(byte[] data, int seed) throws IOException {
    boolean right =
        switch (operation) {
          case MEMMOVE -> target.bytes().mismatch(ByteBuffer.wrap(data)) < 0;
          case FILL -> isFilled();
          case CRC ->
              record.getInt(CompletionRecord.CRC.field("crc_val").byteOffset()) == crc(data);
        };
    if (!right) {
      throw new IOException("operation " + seed + " succeeded with a wrong result");
    }
  }

  private boolean isFilled() {
    for (int i = 0; i < size; i++) {
      if (target.bytes().get(i) != (byte) (PATTERN >>> (i % 8 * 8))) {
        return false;
      }
    }
    return true;
  }

  private static int crc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return (int) crc.getValue();
  }
}
