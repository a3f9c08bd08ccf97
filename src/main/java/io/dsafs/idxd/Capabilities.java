package io.dsafs.idxd;

import io.dsafs.spec.EngCap;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.WqCap;
import java.util.List;

/**
 * What the device says it is: the capability registers as read at probe. Mirrors idxd_read_caps()
 * in init.c.
 *
 * @param opcap words of 64 bits, the operation codes 0 to 63 first
 */
public record Capabilities(
    int version, long gencap, long grpcap, long engcap, long wqcap, List<Long> opcap) {

  public static Capabilities read(IdxdRegisters registers) {
    return new Capabilities(
        registers.version(),
        registers.gencap(),
        registers.grpcap(),
        registers.engcap(),
        registers.wqcap(),
        List.of(registers.opcap(0), registers.opcap(1), registers.opcap(2), registers.opcap(3)));
  }

  public boolean configurable() {
    return GenCap.CONFIG_EN.isSet(gencap);
  }

  public boolean blockOnFault() {
    return GenCap.BLOCK_ON_FAULT.isSet(gencap);
  }

  public int maxXferShift() {
    return GenCap.MAX_XFER_SHIFT.getInt(gencap);
  }

  public long maxXferBytes() {
    return 1L << maxXferShift();
  }

  public int maxBatchShift() {
    return GenCap.MAX_BATCH_SHIFT.getInt(gencap);
  }

  /** In descriptors. */
  public int maxBatchSize() {
    return 1 << maxBatchShift();
  }

  public int maxDescriptorsPerEngine() {
    return GenCap.MAX_DESCS_PER_ENGINE.getInt(gencap);
  }

  public int maxGroups() {
    return GrpCap.NUM_GROUPS.getInt(grpcap);
  }

  public int maxTokens() {
    return GrpCap.TOTAL_TOKENS.getInt(grpcap);
  }

  public boolean hasTokenLimit() {
    return GrpCap.TOKEN_LIMIT.isSet(grpcap);
  }

  public int maxEngines() {
    return EngCap.NUM_ENGINES.getInt(engcap);
  }

  /** Of all queues together, in descriptors. */
  public int maxWqSize() {
    return WqCap.TOTAL_WQ_SIZE.getInt(wqcap);
  }

  public int maxWqs() {
    return WqCap.NUM_WQS.getInt(wqcap);
  }

  public boolean supports(Opcode opcode) {
    return (opcap.get(0) >>> opcode.code() & 1) != 0;
  }
}
