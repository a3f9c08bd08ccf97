package io.dsafs.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Codes that software and device write to each other. Source: DSA specification (341204); {@code
 * include/uapi/linux/idxd.h}, {@code drivers/dma/idxd/registers.h}.
 */
class CodesTest {
  /** enum dsa_opcode. */
  @ParameterizedTest
  @CsvSource({
    "NOOP, 0x00",
    "BATCH, 0x01",
    "DRAIN, 0x02",
    "MEMMOVE, 0x03",
    "MEMFILL, 0x04",
    "COMPARE, 0x05",
    "COMPVAL, 0x06",
    "CR_DELTA, 0x07",
    "AP_DELTA, 0x08",
    "DUALCAST, 0x09",
    "TRANSL_FETCH, 0x0a",
    "CRCGEN, 0x10",
    "COPY_CRC, 0x11",
    "DIF_CHECK, 0x12",
    "DIF_INS, 0x13",
    "DIF_STRP, 0x14",
    "DIF_UPDT, 0x15",
    "DIX_GEN, 0x17",
    "CFLUSH, 0x20",
  })
  void of_operations(Opcode opcode, String code) {
    assertThat(opcode.code()).isEqualTo(Integer.decode(code));
    assertThat(Opcode.of(Integer.decode(code))).isEqualTo(opcode);
  }

  @ParameterizedTest
  @CsvSource({"0x0b", "0x16", "0x18", "0x21", "0xff"})
  void that_no_operation_has(String code) {
    assertThat(Opcode.of(Integer.decode(code))).isNull();
  }

  /** enum iax_opcode. */
  @ParameterizedTest
  @CsvSource({
    "NOOP, 0x00", "DRAIN, 0x02", "MEMMOVE, 0x03", "DECOMPRESS, 0x42", "COMPRESS, 0x43",
    "CRC64, 0x44", "SCAN, 0x50", "EXTRACT, 0x52", "FIND_UNIQUE, 0x55", "EXPAND, 0x56",
  })
  void of_operations_of_an_IAA(IaxOpcode opcode, String code) {
    assertThat(opcode.code()).isEqualTo(Integer.decode(code));
  }

  /** enum dsa_completion_status. */
  @ParameterizedTest
  @CsvSource({
    "NONE, 0x00",
    "SUCCESS, 0x01",
    "SUCCESS_PRED, 0x02",
    "PAGE_FAULT_NOBOF, 0x03",
    "BATCH_FAIL, 0x05",
    "BATCH_PAGE_FAULT, 0x06",
    "DIF_ERR, 0x09",
    "BAD_OPCODE, 0x10",
    "INVALID_FLAGS, 0x11",
    "NOZERO_RESERVE, 0x12",
    "XFER_ERANGE, 0x13",
    "INT_HANDLE_INVAL, 0x19",
    "CRA_XLAT, 0x1a",
    "PRIV_BAD, 0x1d",
    "HW_ERR1, 0x20",
    "DRAIN_EVL, 0x26",
    "BATCH_EVL_ERR, 0x27",
    "DWQ_FULL, 0x53",
  })
  void of_statuses(Status status, String code) {
    assertThat(status.code()).isEqualTo(Integer.decode(code));
    assertThat(status.code() & ~Status.CODE_MASK).isZero();
  }

  /** The error codes of analytics operations. */
  @ParameterizedTest
  @CsvSource({"UNDEFINED_CL_CODE, 2", "BAD_DIST, 17", "AECS_ERROR, 22", "TOO_MANY_D_CODES, 36"})
  void of_errors_of_an_IAA(IaxError error, int code) {
    assertThat(error.code()).isEqualTo(code);
  }

  /** enum idxd_command_type; the word of struct idxd_command_reg. */
  @ParameterizedTest
  @CsvSource({
    "ENABLE_DEVICE, 1", "DISABLE_DEVICE, 2", "DRAIN_ALL, 3", "ABORT_ALL, 4", "RESET_DEVICE, 5",
    "ENABLE_WQ, 6", "DISABLE_WQ, 7", "DRAIN_WQ, 8", "ABORT_WQ, 9", "RESET_WQ, 10",
    "DRAIN_PASID, 11", "ABORT_PASID, 12", "REQUEST_INT_HANDLE, 13", "RELEASE_INT_HANDLE, 14",
  })
  void of_commands(Command command, int code) {
    assertThat(command.code()).isEqualTo(code);
    assertThat(Command.of(code)).isEqualTo(command);
    assertThat(command.word(0x4_2001)).isEqualTo(code << 20 | 0x4_2001);
  }

  @ParameterizedTest
  @CsvSource({"0", "15", "31"})
  void that_no_command_has(int code) {
    assertThat(Command.of(code)).isNull();
  }

  /** enum idxd_cmdsts_err and the IDXD_CMDSTS_ of registers.h. */
  @ParameterizedTest
  @CsvSource({
    "SUCCESS, 0x00",
    "INVAL_CMD, 0x01",
    "INVAL_WQIDX, 0x02",
    "HW_ERR, 0x03",
    "ERR_DEV_ENABLED, 0x10",
    "ERR_WQ_SIZE_ERANGE, 0x14",
    "ERR_DEV_NOTEN, 0x20",
    "ERR_WQ_MODE, 0x24",
    "ERR_PASID_EN, 0x26",
    "ERR_DIS_DEV_EN, 0x31",
    "ERR_DEV_NOT_EN, 0x32",
    "ERR_INVAL_INT_IDX, 0x41",
    "ERR_NO_HANDLE, 0x42",
  })
  void of_command_errors(CommandError error, String code) {
    assertThat(error.code()).isEqualTo(Integer.decode(code));
  }

  /** IDXD_OP_FLAG_*. */
  @ParameterizedTest
  @CsvSource({
    "FENCE, 0x0001",
    "BOF, 0x0002",
    "CRAV, 0x0004",
    "RCR, 0x0008",
    "RCI, 0x0010",
    "CC, 0x0100",
    "CR_TCS, 0x1000",
    "STORD, 0x2000",
    "DRDBK, 0x4000",
    "DSTS, 0x8000",
  })
  void of_flags(Flag flag, String mask) {
    assertThat(flag.mask()).isEqualTo(Integer.decode(mask));
    assertThat(flag.in(Integer.decode(mask))).isTrue();
    assertThat(flag.in(0xffff)).isTrue();
    assertThat(flag.in(0xffff & ~flag.mask())).isFalse();
  }

  /** enum idxd_device_status_state, enum idxd_device_reset_type; they are bits 1:0 and 3:2. */
  @ParameterizedTest
  @CsvSource({
    "0x0, DISABLED, SOFTWARE",
    "0x1, ENABLED, SOFTWARE",
    "0x2, DRAIN, SOFTWARE",
    "0x3, HALT, SOFTWARE",
    "0x7, HALT, FLR",
    "0xb, HALT, WARM",
    "0xf, HALT, COLD",
  })
  void of_device_states(String gensts, GenSts.State state, GenSts.ResetType reset) {
    long value = Long.decode(gensts);

    assertThat(GenSts.State.of(value)).isEqualTo(state);
    assertThat(GenSts.ResetType.of(value)).isEqualTo(reset);
    assertThat(state.code() | reset.code() << 2).isEqualTo((int) value);
  }

  @ParameterizedTest
  @CsvSource({"DISABLED, 0", "ENABLED, 1", "BUSY, 2"})
  void of_queue_states(WqCfg.State state, int code) {
    assertThat(state.code()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({"0, 256", "1, 320", "2, 384", "3, 448"})
  void of_operations_that_a_queue_allows(int word, int bit) {
    assertThat(WqCfg.opConfig(word).bit()).isEqualTo(bit);
  }

  @ParameterizedTest
  @CsvSource({"READ_ONLY, RO", "READ_WRITE, RW", "READ_WRITE_LOCKED, RWL", "RESERVED, rsvd"})
  void of_accesses(Access access, String mark) {
    assertThat(access.mark()).isEqualTo(mark);
  }

  /** PCI_DEVICE_ID_INTEL_DSA_SPR0, PCI_DEVICE_ID_INTEL_IAX_SPR0. */
  @ParameterizedTest
  @CsvSource({"DSA, dsa, 0x0b25, 32", "IAX, iax, 0x0cfe, 64"})
  void of_devices(DeviceKind kind, String word, String deviceId, int recordBytes) {
    assertThat(kind.word()).isEqualTo(word);
    assertThat(kind.deviceId()).isEqualTo(Integer.decode(deviceId));
    assertThat(kind.recordBytes()).isEqualTo(recordBytes);
    assertThat(kind.eventRecordOffset()).isEqualTo(recordBytes);
    assertThat(ConfigSpace.identity(kind.deviceId())).isEqualTo(Integer.decode(deviceId + "8086"));
  }

  @Test
  void of_capabilities_differ_between_the_kinds() {
    assertThat(GenCap.of(DeviceKind.DSA)).isSameAs(GenCap.GENCAP);
    assertThat(GenCap.of(DeviceKind.IAX)).isSameAs(GenCap.IAX_GENCAP);
  }

  @ParameterizedTest
  @CsvSource({"1, 64", "2, 128", "3, 256"})
  void of_event_log_support_are_sizes_of_entries(int support, int bytes) {
    assertThat(EventEntry.sizeBytes(GenCap.EVL_SUPPORT.with(-1L, support))).isEqualTo(bytes);
  }

  @Nested
  class Portals {
    @ParameterizedTest
    @CsvSource({
      "UNLIMITED, 0x0000, false, false",
      "LIMITED, 0x1000, true, false",
      "UNLIMITED_IMS, 0x2000, false, true",
      "LIMITED_IMS, 0x3000, true, true",
    })
    void are_four_pages_of_each_queue(Portal portal, String page, boolean limited, boolean ims) {
      int offset = Integer.decode(page);

      assertThat(portal.limited()).isEqualTo(limited);
      assertThat(portal.ims()).isEqualTo(ims);
      assertThat(portal.offset(0)).isEqualTo(offset);
      assertThat(portal.offset(3)).isEqualTo(0xc000 + offset);
      assertThat(Portal.at(offset)).isEqualTo(portal);
      assertThat(Portal.at(0xc000 + offset + 0xfc0)).isEqualTo(portal);
    }

    @ParameterizedTest
    @EnumSource
    void of_the_last_queues_are_beyond_two_gigabytes(Portal portal) {
      assertThat(portal.offset(1 << 18)).isEqualTo((1L << 32) + portal.offset(0));
    }
  }

  @ParameterizedTest
  @CsvSource({"-4, 0, 0", "4096, 0, 0", "2, 0, 0", "0, 6, 4"})
  void of_configuration_space_are_dwords_with_one_kind_of_access(
      int offset, int writable, int oneClears) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ConfigSpace.Dword(offset, 0, writable, oneClears, "x"));
    assertThat(new ConfigSpace.Dword(4092, 0, 2, 4, "x").offset()).isEqualTo(4092);
    assertThat(new ConfigSpace.Dword(0, 0, 2, 4, "x").offset()).isZero();
  }
}
