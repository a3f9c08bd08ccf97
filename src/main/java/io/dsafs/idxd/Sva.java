package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.mem.Iommu;

/** What a refused binding means to the driver. Source: intel_svm_bind_mm() of 5.6. */
final class Sva {
  private Sva() {}

  /**
   * The PASID of a binding. EINVAL: translation is off, or the kernel's memory may not be bound.
   * ENOSPC: no number is left. ENOTSUPP: the IOMMU cannot share address spaces. ENOSYS: the kernel
   * was built without. ENOMEM: no memory.
   */
  static int pasidOf(Iommu.Binding binding) throws ErrnoException {
    if (binding instanceof Iommu.Bound bound) {
      return bound.pasid();
    }
    Iommu.Refusal refusal = ((Iommu.Refused) binding).reason();
    throw new ErrnoException(errno(refusal), "no PASID: " + refusal);
  }

  private static Errno errno(Iommu.Refusal refusal) {
    return switch (refusal) {
      case TRANSLATION_OFF, NO_SUPERVISOR -> Errno.EINVAL;
      case NO_PASID -> Errno.ENOSPC;
      case NO_SVM -> Errno.ENOTSUPP;
      case NOT_BUILT -> Errno.ENOSYS;
      case NO_MEMORY -> Errno.ENOMEM;
    };
  }
}
