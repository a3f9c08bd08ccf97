package io.dsafs.spec;

/**
 * The two accelerators that share one register interface. They differ in their operations, in the
 * layout of their descriptors and in the size of what they write. Source: driver reference sections
 * 8.4, 8.5, 8.6 and 9.1; {@code enum idxd_type}.
 */
public enum DeviceKind {
  /** Data Streaming Accelerator. */
  DSA("dsa", 0x0b25, 32, 32),
  /** In-Memory Analytics Accelerator. */
  IAX("iax", 0x0cfe, 64, 64);

  /** PCI class, sub-class and interface of both: base system peripheral, other. */
  public static final int CLASS_CODE = 0x088000;

  private final String word;
  private final int deviceId;
  private final int recordBytes;
  private final int eventRecordOffset;

  DeviceKind(String word, int deviceId, int recordBytes, int eventRecordOffset) {
    this.word = word;
    this.deviceId = deviceId;
    this.recordBytes = recordBytes;
    this.eventRecordOffset = eventRecordOffset;
  }

  /** What drivers name its devices by: {@code dsa} or {@code iax}. */
  public String word() {
    return word;
  }

  /** The PCI device id of the first parts: Sapphire and Emerald Rapids. */
  public int deviceId() {
    return deviceId;
  }

  /** The size of a completion record, which is also its alignment. */
  public int recordBytes() {
    return recordBytes;
  }

  /** Where the completion record is in an entry of the event log, in bytes. */
  public int eventRecordOffset() {
    return eventRecordOffset;
  }
}
