package io.dsafs.spec;

/**
 * The 64 bytes of a completion record of an IAA. Source: driver reference section 8.5; {@code
 * struct iax_completion_record}; place of the 64-bit CRC: the vendor's test of the device.
 */
public final class IaxRecord {
  public static final Layout RECORD =
      common("iax_completion_record")
          .field(192, 32, "output_size")
          .field(224, 8, "output_bits")
          .reserved(232, 239)
          .field(240, 16, "xor_csum")
          .field(256, 32, "crc")
          .field(288, 32, "min")
          .field(320, 32, "max")
          .field(352, 32, "sum")
          .reserved(384, 511)
          .build();

  public static final Layout CRC64 =
      common("crc64").reserved(192, 319).field(320, 64, "crc64").reserved(384, 511).build();

  /** What went wrong in an analytics error, a code of {@link IaxError}. */
  public static final Field ERROR_CODE = RECORD.field("error_code");

  public static final Field BYTES_COMPLETED = RECORD.field("bytes_completed");
  public static final Field OUTPUT_SIZE = RECORD.field("output_size");

  /** How many bits of the last byte of output are used; 0: all. */
  public static final Field OUTPUT_BITS = RECORD.field("output_bits");

  public static final Field XOR_CHECKSUM = RECORD.field("xor_csum");
  public static final Field CRC = RECORD.field("crc");
  public static final Field CRC64_RESULT = CRC64.field("crc64");

  private static Layout.Builder common(String name) {
    return Layout.layout(name, 8 * DeviceKind.IAX.recordBytes())
        .field(0, 8, "status")
        .field(8, 8, "error_code")
        .field(16, 8, "fault_info")
        .reserved(24, 31)
        .field(32, 32, "bytes_completed")
        .field(64, 64, "fault_addr")
        .field(128, 32, "invalid_flags")
        .reserved(160, 191);
  }

  private IaxRecord() {}
}
