package io.dsafs.hw.op;

import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.IaxOpcode;

/**
 * The operations of an IAA. Those on columns (scan to expand) and the zero compressions have no
 * row: they answer as an unsupported operation, also where OPCAP names them. Source: driver
 * reference section 8.4; flags: names and numbers of the query processing library.
 */
final class IaxOperations extends OperationTable {
  /** Source 2 holds configuration and state to start from. */
  static final int READ_STATE = 1 << 16;

  /** The state is written to source 2 at the end. */
  static final int WRITE_STATE = 1 << 18;

  /** The state is written to source 2 if the output has no room. */
  static final int WRITE_STATE_ON_OVERFLOW = 1 << 19;

  /** Traffic class of source 2. */
  private static final int SOURCE2_TCS = 1 << 20;

  /** The CRC of RFC 3720 in place of that of gzip. */
  static final int CRC_RFC3720 = 1 << 21;

  /** Of the two states in source 2, the second is read and the first written. */
  static final int STATE_SELECT = 1 << 22;

  private static final int STATE_FLAGS = READ_STATE | SOURCE2_TCS | CRC_RFC3720 | STATE_SELECT;

  IaxOperations(long gencap) {
    super(gencap);
    put(IaxOpcode.NOOP, new Nothing(), rule().reserve(16, 35).reserve(38, 63));
    put(IaxOpcode.DRAIN, new Drain(), rule().needsNotification().reserve(16, 35).reserve(38, 63));
    put(
        IaxOpcode.MEMMOVE,
        new MemoryMove(has(GenCap.OVERLAP_COPY)),
        writer().allow(Flag.ADDR1_TCS).reserve(38, 63));
    put(
        IaxOpcode.DECOMPRESS,
        new Decompress(),
        writer()
            .allow(Flag.ADDR1_TCS)
            .allow(STATE_FLAGS | WRITE_STATE_ON_OVERFLOW, true)
            .needsRecord()
            .reserve(60, 63));
    put(
        IaxOpcode.COMPRESS,
        new Compress(),
        writer()
            .allow(Flag.ADDR1_TCS)
            .allow(STATE_FLAGS | WRITE_STATE, true)
            .needsRecord()
            .reserve(56, 63));
    put(
        IaxOpcode.CRC64,
        new PolynomialCrc(),
        rule().allow(Flag.BOF, Flag.ADDR1_TCS).needsRecord().reserve(24, 31).reserve(40, 55));
  }

  private void put(IaxOpcode opcode, Operation operation, Rule.Builder rule) {
    put(opcode.code(), operation, rule);
  }
}
