package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.mem.Iommu;

/** What a refused binding means to the driver. Source: intel_svm_bind_mm() of 5.6. */
final class Sva {
  private Sva() {}

  /**
   * The PASID of a binding. EINVAL: translation is off, or the kernel's memory may not be bound.
   * ENOSPC: no number is left.
   */
  static int pasidOf(Iommu.Binding binding) throws ErrnoException {
    if (binding instanceof Iommu.Bound bound) {
      return bound.pasid();
    }
    Iommu.Refusal refusal = ((Iommu.Refused) binding).reason();
    throw new ErrnoException(
        refusal == Iommu.Refusal.NO_PASID ? Errno.ENOSPC : Errno.EINVAL, "no PASID: " + refusal);
  }
}
