package io.dsafs.idxd;

/** What the handler of vector 0 does with errors in every version. Mirrors irq.c. */
public final class ErrorReports {
  private final IdxdDevice device;
  private boolean unexpectedLogged;

  public ErrorReports(IdxdDevice device) {
    this.device = device;
  }

  /** Takes the error over, wakes who waits for it, and logs it. */
  public SoftwareError take() {
    SoftwareError error = device.collectSoftwareError();
    wake(error);
    device.log().warn(device.pci(), "err[0]: 0x%016x", error.word0());
    device.log().warn(device.pci(), "err[1]: 0x%016x", error.word1());
    device.log().warn(device.pci(), "err[2]: 0x%016x", error.word2());
    device.log().warn(device.pci(), "err[3]: 0x%016x", error.word3());
    return error;
  }

  /**
   * An index beyond the queues counts as none; the posted code reads past its array (swq-v1 14.20).
   */
  private void wake(SoftwareError error) {
    boolean named = error.valid() && error.wqIndexValid() && error.wqIndex() < device.wqs().size();
    for (IdxdWq wq : device.wqs()) {
      if (wq.queueType() == WqType.USER && (!named || wq.id() == error.wqIndex())) {
        wq.errorQueue().wakeAll();
      }
    }
  }

  /** Logs causes that the driver does not know, the first time. */
  public void warnUnexpected(int causes) {
    if (causes != 0 && !unexpectedLogged) {
      unexpectedLogged = true;
      device.log().warn(device.pci(), "Unexpected interrupt cause bits set: 0x%x", causes);
    }
  }
}
