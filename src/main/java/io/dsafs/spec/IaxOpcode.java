package io.dsafs.spec;

/** The operations of an IAA. Source: driver reference section 8.4; {@code enum iax_opcode}. */
public enum IaxOpcode {
  NOOP(0x00),
  DRAIN(0x02),
  MEMMOVE(0x03),
  DECOMPRESS(0x42),
  COMPRESS(0x43),
  CRC64(0x44),
  ZERO_DECOMP_32(0x48),
  ZERO_DECOMP_16(0x49),
  ZERO_COMP_32(0x4c),
  ZERO_COMP_16(0x4d),
  SCAN(0x50),
  SET_MEMBER(0x51),
  EXTRACT(0x52),
  SELECT(0x53),
  RLE_BURST(0x54),
  FIND_UNIQUE(0x55),
  EXPAND(0x56);

  private final int code;

  IaxOpcode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
