package io.dsafs.hw.op;

import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Opcode;

/** The operations of a DSA. Source: hardware reference section 4.3. */
final class DsaOperations extends OperationTable {
  DsaOperations(long gencap) {
    super(gencap);
    boolean readback = has(GenCap.DRAIN_READBACK);
    put(Opcode.NOOP, new Nothing(), rule().reserve(16, 35).reserve(38, 63));
    put(
        Opcode.BATCH,
        new Nothing(),
        rule()
            .allow(Flag.ADDR1_TCS)
            .allow(BATCH_ERROR, has(GenCap.BATCH_CONTINUATION))
            .reserve(24, 31)
            .reserve(38, 63));
    put(
        Opcode.DRAIN,
        new Drain(),
        rule()
            .allow(Drain.READBACK1 | Drain.READBACK2, readback)
            .allow(SUPPRESS_READBACK, true)
            .when(Drain.READBACK1, Flag.ADDR1_TCS)
            .when(Drain.READBACK2, Flag.ADDR2_TCS)
            .needsNotification()
            .reserve(32, 35)
            .reserve(38, 63)
            .reserveUnless(Drain.READBACK1, 16, 23)
            .reserveUnless(Drain.READBACK2, 24, 31));
    put(
        Opcode.MEMMOVE,
        new MemoryMove(has(GenCap.OVERLAP_COPY)),
        writer().allow(Flag.ADDR1_TCS).reserve(38, 63));
    put(
        Opcode.MEMFILL,
        new Fill(),
        writer()
            .allow(Fill.PATTERN_16, has(GenCap.FILL_PATTERN_16))
            .reserve(38, 39)
            .reserve(48, 63)
            .reserveUnless(Fill.PATTERN_16, 40, 47));
    put(Opcode.COMPARE, Compare.sources(), comparer().allow(Flag.ADDR2_TCS));
    put(Opcode.COMPVAL, Compare.pattern(), comparer());
    put(
        Opcode.CR_DELTA,
        new CreateDelta(),
        cacheControl(rule())
            .allow(Flag.BOF, Flag.CR, Flag.STORD)
            .allow(Flag.ADDR1_TCS, Flag.ADDR2_TCS, Flag.ADDR3_TCS)
            .needsRecord()
            .reserve(38, 39)
            .reserve(52, 55)
            .reserve(57, 63));
    put(
        Opcode.AP_DELTA,
        new ApplyDelta(),
        writer().allow(Flag.ADDR1_TCS).reserve(38, 39).reserve(44, 63));
    put(
        Opcode.DUALCAST,
        new Dualcast(),
        writer().allow(Flag.ADDR1_TCS, Flag.ADDR3_TCS).reserve(38, 39).reserve(48, 63));
    put(
        Opcode.TRANSL_FETCH,
        new TranslationFetch(),
        rule()
            .allow(Flag.BOF)
            .allow(TranslationFetch.USE_STRIDE, has(GenCap.TRANSLATION_FETCH_STRIDE))
            .reserve(24, 31)
            .reserve(38, 47)
            .reserve(52, 63)
            .reserveUnless(TranslationFetch.USE_STRIDE, 48, 51));
    put(
        Opcode.CRCGEN,
        Crc.generation(),
        crc(rule().allow(Flag.BOF, Flag.ADDR1_TCS)).reserve(24, 31));
    put(Opcode.COPY_CRC, Crc.copy(), crc(writer().allow(Flag.ADDR1_TCS)));
    put(
        Opcode.DIF_CHECK,
        Dif.check(),
        difSource(rule().allow(Flag.BOF, Flag.ADDR1_TCS).needsRecord())
            .reserve(24, 31)
            .reserve(56, 63));
    put(Opcode.DIF_INS, Dif.insert(), difDestination(writer().allow(Flag.ADDR1_TCS)));
    put(Opcode.DIF_STRP, Dif.strip(), difSource(writer().allow(Flag.ADDR1_TCS)).reserve(56, 63));
    put(
        Opcode.DIF_UPDT,
        Dif.update(),
        dif(writer().allow(Flag.ADDR1_TCS))
            .reserve(43, 47)
            .reserveBits(Dif.DESTINATION_FLAGS, Dif.RESERVED_DESTINATION_FLAGS));
    put(Opcode.DIX_GEN, Dif.dix(), difDestination(writer().allow(Flag.ADDR1_TCS)).needsRecord());
    put(
        Opcode.CFLUSH,
        new CacheFlush(),
        rule()
            .allow(Flag.BOF, Flag.ADDR2_TCS)
            .allow(Flag.DRDBK.mask(), has(GenCap.DEST_READBACK))
            .allow(Flag.CC.mask(), has(GenCap.CACHE_CONTROL_CACHE))
            .reserve(16, 23)
            .reserve(38, 63));
  }

  /** Of a drain: no implicit readback for the two traffic classes. */
  private static final int SUPPRESS_READBACK = 1 << 18 | 1 << 19;

  private void put(Opcode opcode, Operation operation, Rule.Builder rule) {
    put(opcode.code(), operation, rule);
  }

  private Rule.Builder comparer() {
    return rule()
        .allow(Flag.BOF, Flag.CR, Flag.ADDR1_TCS)
        .needsRecord()
        .reserve(38, 39)
        .reserve(41, 63);
  }

  private Rule.Builder crc(Rule.Builder builder) {
    return builder
        .allow(Crc.SEED_IN_MEMORY | Crc.BYPASS_INVERSION | Crc.BYPASS_REFLECTION, true)
        .allow(Crc.CRC_64, has(GenCap.CRC64))
        .when(Crc.SEED_IN_MEMORY, Flag.ADDR3_TCS)
        .needsRecord()
        .reserve(38, 39)
        .reserve(56, 63)
        .reserveUnless(Crc.SEED_IN_MEMORY, 48, 55)
        .reserveWhen(Crc.SEED_IN_MEMORY, 40, 47)
        .reserveUnless(Crc.CRC_64, 44, 47);
  }

  private static Rule.Builder dif(Rule.Builder builder) {
    return builder.reserve(38, 39).reserveBits(Dif.DIF_FLAGS, Dif.RESERVED_DIF_FLAGS);
  }

  private static Rule.Builder difSource(Rule.Builder builder) {
    return dif(builder).reserve(41, 41).reserve(43, 47);
  }

  private static Rule.Builder difDestination(Rule.Builder builder) {
    return dif(builder)
        .reserve(40, 40)
        .reserve(43, 55)
        .reserveBits(Dif.DESTINATION_FLAGS, Dif.RESERVED_DESTINATION_FLAGS);
  }
}
