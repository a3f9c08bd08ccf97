package io.dsafs.idxd;

/** How a copy ended. Mirrors enum dmaengine_tx_result. */
public enum DmaResult {
  NO_ERROR,
  WRITE_FAILED,
  ABORTED
}
