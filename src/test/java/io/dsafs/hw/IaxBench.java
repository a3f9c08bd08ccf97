package io.dsafs.hw;

import io.dsafs.spec.Flag;
import io.dsafs.spec.IaxOpcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An IAA with one queue, and a process with a megabyte for source, destination and the rest. */
final class IaxBench {
  static final int RECORD_FLAGS = Flag.CRAV.mask() | Flag.RCR.mask();
  static final long RECORD = 0x1_0000;
  static final long SOURCE = 0x10_0000;
  static final long DESTINATION = 0x40_0000;
  static final long STATE = 0x80_0000;
  static final int ROOM = 0x20_0000;

  /** Flags of decompression: enabled, flushing, stopping at the end of a block, checking for it. */
  static final int DECOMPRESS_FLAGS = 0xf;

  /** Flags of compression: flushing, appending the end of the block. */
  static final int COMPRESS_FLAGS = 0x6;

  static final int READ_STATE = 1 << 16;
  static final int WRITE_STATE = 1 << 18;
  static final int CRC_RFC3720 = 1 << 21;
  static final int STATE_SELECT = 1 << 22;

  final Bench bench;

  IaxBench() {
    this(DeviceProfile.sapphireRapidsIaa());
  }

  IaxBench(DeviceProfile profile) {
    bench = Bench.stepped(profile).enabled();
    bench.process.map(RECORD, 64, true);
    bench.process.map(SOURCE, ROOM, true);
    bench.process.map(DESTINATION, ROOM, true);
    bench.process.map(STATE, 0x4000, true);
  }

  static ByteBuffer descriptor(IaxOpcode opcode, int flags, int size, int operationFlags) {
    return Bench.descriptor(opcode.code(), RECORD_FLAGS | flags, RECORD, SOURCE, DESTINATION)
        .putInt(32, size)
        .putShort(38, (short) operationFlags)
        .putInt(48, ROOM);
  }

  static ByteBuffer decompress(int size) {
    return descriptor(IaxOpcode.DECOMPRESS, 0, size, DECOMPRESS_FLAGS);
  }

  static ByteBuffer compress(int size) {
    return descriptor(IaxOpcode.COMPRESS, 0, size, COMPRESS_FLAGS);
  }

  void source(byte[] bytes) {
    if (bytes.length > 0) {
      bench.process.poke(SOURCE, bytes);
    }
  }

  byte[] memory(long address, int length) {
    byte[] bytes = new byte[length];
    if (length > 0) {
      bench.process.peek(address, bytes);
    }
    return bytes;
  }

  /** Runs a descriptor and answers its record. */
  ByteBuffer run(ByteBuffer descriptor) {
    bench.process.poke(RECORD, new byte[64]);
    bench.post(0, descriptor);
    bench.device.runAll();
    return ByteBuffer.wrap(memory(RECORD, 64)).order(ByteOrder.LITTLE_ENDIAN);
  }

  static int status(ByteBuffer record) {
    return record.get(0) & 0xff;
  }

  static int error(ByteBuffer record) {
    return record.get(1) & 0xff;
  }

  static int outputSize(ByteBuffer record) {
    return record.getInt(24);
  }

  byte[] output(ByteBuffer record) {
    return memory(DESTINATION, outputSize(record));
  }
}
