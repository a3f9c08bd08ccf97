package io.dsafs.spec;

/**
 * GENCAP, what the device can do. Source: hardware reference section 2.4; the kernel's {@code union
 * gen_cap_reg}.
 */
public final class GenCap {
  public static final Register GENCAP =
      new Register(
          0x10,
          Layout.layout("GENCAP", 64)
              .readOnly()
              .flag(0, "block_on_fault")
              .flag(1, "overlap_copy")
              .flag(2, "cache_control_mem")
              .flag(3, "cache_control_cache")
              .flag(4, "cmd_cap")
              .flag(5, "durable_write")
              .flag(6, "inter_domain")
              .flag(7, "translation_fetch_stride")
              .flag(8, "dest_readback")
              .flag(9, "drain_readback")
              .flag(10, "fill_pattern_16")
              .flag(11, "crc64")
              .flag(12, "fault_info")
              .field(13, 2, "evl_support")
              .flag(15, "batch_continuation")
              .field(16, 5, "max_xfer_shift")
              .field(21, 4, "max_batch_shift")
              .field(25, 6, "max_ims_mult")
              .flag(31, "config_en")
              .field(32, 8, "max_descs_per_engine")
              .reserved(40, 51)
              .flag(52, "batch_of_one")
              .flag(53, "stord_mem_unsupported")
              .flag(54, "stord_peer_unsupported")
              .reserved(55, 63)
              .build());

  /**
   * The same register of an IAA, which has limits of its own in the upper half. Source: driver
   * reference section 9.2; names of the query processing library.
   */
  public static final Register IAX_GENCAP =
      new Register(
          0x10,
          Layout.layout("GENCAP", 64)
              .readOnly()
              .flag(0, "block_on_fault")
              .flag(1, "overlap_copy")
              .flag(2, "cache_control_mem")
              .flag(3, "cache_control_cache")
              .flag(4, "cmd_cap")
              .reserved(5, 7)
              .readOnly()
              .flag(8, "dest_readback")
              .flag(9, "drain_readback")
              .reserved(10, 12)
              .readOnly()
              .field(13, 2, "evl_support")
              .flag(15, "batch_continuation")
              .field(16, 5, "max_xfer_shift")
              .field(21, 4, "max_batch_shift")
              .field(25, 6, "max_ims_mult")
              .flag(31, "config_en")
              .field(32, 8, "max_descs_per_engine")
              .flag(40, "decompression")
              .flag(41, "indexing")
              .field(42, 5, "max_decompressed_set_size")
              .field(47, 5, "max_set_size")
              .reserved(52, 63)
              .build());

  public static final Field BLOCK_ON_FAULT = GENCAP.field("block_on_fault");
  public static final Field OVERLAP_COPY = GENCAP.field("overlap_copy");
  public static final Field CACHE_CONTROL_MEM = GENCAP.field("cache_control_mem");
  public static final Field CACHE_CONTROL_CACHE = GENCAP.field("cache_control_cache");
  public static final Field CMD_CAP = GENCAP.field("cmd_cap");
  public static final Field DURABLE_WRITE = GENCAP.field("durable_write");
  public static final Field TRANSLATION_FETCH_STRIDE = GENCAP.field("translation_fetch_stride");
  public static final Field DEST_READBACK = GENCAP.field("dest_readback");
  public static final Field DRAIN_READBACK = GENCAP.field("drain_readback");
  public static final Field FILL_PATTERN_16 = GENCAP.field("fill_pattern_16");
  public static final Field CRC64 = GENCAP.field("crc64");
  public static final Field FAULT_INFO = GENCAP.field("fault_info");
  public static final Field EVL_SUPPORT = GENCAP.field("evl_support");
  public static final Field BATCH_CONTINUATION = GENCAP.field("batch_continuation");
  public static final Field MAX_XFER_SHIFT = GENCAP.field("max_xfer_shift");
  public static final Field MAX_BATCH_SHIFT = GENCAP.field("max_batch_shift");

  /** The number of interrupt message storage entries in units of 256. */
  public static final Field MAX_IMS_MULT = GENCAP.field("max_ims_mult");

  public static final Field CONFIG_EN = GENCAP.field("config_en");
  public static final Field MAX_DESCS_PER_ENGINE = GENCAP.field("max_descs_per_engine");
  public static final Field BATCH_OF_ONE = GENCAP.field("batch_of_one");

  /** The register of a kind of device. */
  public static Register of(DeviceKind kind) {
    return kind == DeviceKind.IAX ? IAX_GENCAP : GENCAP;
  }

  private GenCap() {}
}
