package io.dsafs.spec;

/**
 * Status codes of completion records and software errors. Source: hardware reference chapter 6;
 * names of {@code enum dsa_completion_status}. What an IAA has besides: driver reference section
 * 8.5, {@code enum iax_completion_status}.
 */
public enum Status {
  NONE(0x00),
  SUCCESS(0x01),
  SUCCESS_PRED(0x02),
  PAGE_FAULT_NOBOF(0x03),
  PAGE_FAULT_IR(0x04),
  BATCH_FAIL(0x05),
  BATCH_PAGE_FAULT(0x06),
  DR_OFFSET_NOINC(0x07),
  DR_OFFSET_ERANGE(0x08),
  DIF_ERR(0x09),
  /** IAA: see the error code in the record. */
  ANALYTICS_ERROR(0x0a),
  /** IAA: the output has no room. */
  OUTPUT_OVERFLOW(0x0b),
  BAD_OPCODE(0x10),
  INVALID_FLAGS(0x11),
  NOZERO_RESERVE(0x12),
  XFER_ERANGE(0x13),
  DESC_CNT_ERANGE(0x14),
  DR_ERANGE(0x15),
  OVERLAP_BUFFERS(0x16),
  DCAST_ERR(0x17),
  DESCLIST_ALIGN(0x18),
  INT_HANDLE_INVAL(0x19),
  CRA_XLAT(0x1a),
  CRA_ALIGN(0x1b),
  ADDR_ALIGN(0x1c),
  PRIV_BAD(0x1d),
  TRAFFIC_CLASS_CONF(0x1e),
  PFAULT_RDBA(0x1f),
  HW_ERR1(0x20),
  HW_ERR_DRB(0x21),
  TRANSLATION_FAIL(0x22),
  /** Event log only: a record fault was possible before a drain. */
  DRAIN_EVL(0x26),
  /** Event log only: a record fault was possible in a batch. */
  BATCH_EVL_ERR(0x27),
  /** IAA: flags of compression, decompression or CRC. */
  INVALID_COMP_FLAG(0x30),
  /** IAA. */
  INVALID_FILTER_FLAG(0x31),
  /** SWERROR only: PCI configuration changed while not Disabled. */
  PCI_CONFIG(0x51),
  /** SWERROR: CMD written while a command was active. */
  CMD_ACTIVE(0x52),
  /** SWERROR only: a dedicated queue was full. */
  DWQ_FULL(0x53),
  /** SWERROR only: the event log was full or not writable. */
  EVL_FULL(0x54);

  /** The bits of the status byte of a record that hold the code. */
  public static final int CODE_MASK = 0x7f;

  /** The bit of the status byte that marks a faulting write. */
  public static final int WRITE_FAULT = 0x80;

  private final int code;

  Status(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
