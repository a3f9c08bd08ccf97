package io.dsafs.spec;

/**
 * An entry of the event log: 32 bytes that are much like {@link SwErr}, and the completion record
 * at {@link DeviceKind#eventRecordOffset}. Entries are {@link #sizeBytes} apart. Source: hardware
 * reference section 2.8, driver reference section 8.6; {@code struct __evl_entry}.
 */
public final class EventEntry {
  /** What all entries have in common. */
  public static final Layout HEAD =
      described("evl_entry")
          .field(96, 32, "invalid_flags")
          .field(128, 64, "fault_addr")
          .reserved(192, 255)
          .build();

  /** The codes 0x19, 0x1a, 0x26 and 0x27. */
  public static final Layout RECORD_HEAD =
      described("evl_record")
          .field(96, 16, "int_handle")
          .flag(112, "rci")
          .flag(113, "ims")
          .flag(114, "rcr")
          .flag(115, "first_err_in_batch")
          .reserved(116, 124)
          .field(125, 3, "operand_id")
          .field(128, 64, "fault_addr")
          .reserved(192, 255)
          .build();

  public static final Field DESC_VALID = HEAD.field("desc_valid");
  public static final Field WQ_IDX_VALID = HEAD.field("wq_idx_valid");
  public static final Field BATCH = HEAD.field("batch");
  public static final Field FAULT_RW = HEAD.field("fault_rw");
  public static final Field PRIV = HEAD.field("priv");
  public static final Field ERR_INFO_VALID = HEAD.field("err_info_valid");
  public static final Field ERROR = HEAD.field("error");
  public static final Field WQ_IDX = HEAD.field("wq_idx");
  public static final Field BATCH_ID = HEAD.field("batch_id");
  public static final Field OPERATION = HEAD.field("operation");
  public static final Field PASID = HEAD.field("pasid");
  public static final Field BATCH_IDX = HEAD.field("batch_idx");
  public static final Field INVALID_FLAGS = HEAD.field("invalid_flags");

  /** The full address of the record for 0x1a, 0x26 and 0x27, else the page of a fault. */
  public static final Field FAULT_ADDR = HEAD.field("fault_addr");

  public static final Field INT_HANDLE = RECORD_HEAD.field("int_handle");

  /** An interrupt was asked for: software gives it once it has written the record. */
  public static final Field RCI = RECORD_HEAD.field("rci");

  /** The handle names an entry of the interrupt message storage. */
  public static final Field IMS = RECORD_HEAD.field("ims");

  /** A record is due. */
  public static final Field RCR = RECORD_HEAD.field("rcr");

  public static final Field FIRST_ERR_IN_BATCH = RECORD_HEAD.field("first_err_in_batch");
  public static final Field OPERAND_ID = RECORD_HEAD.field("operand_id");

  /** How many batches can be told apart by {@link #BATCH_ID}. */
  public static final int BATCH_IDS = 256;

  /** The fewest entries a log may have. */
  public static final int LEAST_ENTRIES = 64;

  private EventEntry() {}

  /**
   * The size of an entry, which is also the distance from one to the next.
   *
   * @param gencap with {@link GenCap#EVL_SUPPORT} not 0
   * @return 64, 128 or 256
   */
  public static int sizeBytes(long gencap) {
    return 32 << GenCap.EVL_SUPPORT.getInt(gencap);
  }

  private static Layout.Builder described(String name) {
    return Layout.layout(name, 256)
        .reserved(0, 1)
        .flag(2, "desc_valid")
        .flag(3, "wq_idx_valid")
        .flag(4, "batch")
        .flag(5, "fault_rw")
        .flag(6, "priv")
        .flag(7, "err_info_valid")
        .field(8, 8, "error")
        .field(16, 8, "wq_idx")
        .field(24, 8, "batch_id")
        .field(32, 8, "operation")
        .field(40, 20, "pasid")
        .reserved(60, 63)
        .field(64, 16, "batch_idx")
        .reserved(80, 95);
  }
}
