package io.dsafs.spec;

/** The operations. Source: hardware reference section 4.3; names of {@code enum dsa_opcode}. */
public enum Opcode {
  NOOP(0x00),
  BATCH(0x01),
  DRAIN(0x02),
  MEMMOVE(0x03),
  MEMFILL(0x04),
  COMPARE(0x05),
  COMPVAL(0x06),
  CR_DELTA(0x07),
  AP_DELTA(0x08),
  DUALCAST(0x09),
  TRANSL_FETCH(0x0a),
  CRCGEN(0x10),
  COPY_CRC(0x11),
  DIF_CHECK(0x12),
  DIF_INS(0x13),
  DIF_STRP(0x14),
  DIF_UPDT(0x15),
  DIX_GEN(0x17),
  CFLUSH(0x20);

  private static final Opcode[] BY_CODE = new Opcode[256];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  /** The operation of a code from 0 to 255, or null where the code has none. */
  public static Opcode of(int code) {
    return BY_CODE[code];
  }

  public int code() {
    return code;
  }
}
