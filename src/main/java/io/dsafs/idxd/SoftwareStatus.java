package io.dsafs.idxd;

/**
 * Why the driver itself refused: what {@code cmd_status} shows with bit 31 set.
 *
 * <p>Source: enum idxd_scmd_stat in include/uapi/linux/idxd.h; those from 0x800f0000 on are later
 * than 5.15.
 */
public enum SoftwareStatus {
  DEV_ENABLED(0x80000010),
  DEV_NOT_ENABLED(0x80000020),
  WQ_ENABLED(0x80000021),
  DEV_DMA_ERR(0x80020000),
  WQ_NO_GRP(0x80030000),
  WQ_NO_NAME(0x80040000),
  WQ_NO_SVM(0x80050000),
  WQ_NO_THRESH(0x80060000),
  WQ_PORTAL_ERR(0x80070000),
  WQ_RES_ALLOC_ERR(0x80080000),
  DMA_CHAN_ERR(0x800a0000),
  CDEV_ERR(0x800b0000),
  WQ_NO_SWQ_SUPPORT(0x800c0000),
  WQ_NONE_CONFIGURED(0x800d0000),
  WQ_NO_SIZE(0x800e0000),
  WQ_NO_PRIV(0x800f0000),
  WQ_IRQ_ERR(0x80100000),
  WQ_USER_NO_IOMMU(0x80110000),
  DEV_EVL_ERR(0x80120000),
  WQ_NO_DRV_NAME(0x80200000);

  private final int value;

  SoftwareStatus(int value) {
    this.value = value;
  }

  public int value() {
    return value;
  }
}
