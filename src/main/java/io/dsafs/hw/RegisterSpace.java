package io.dsafs.hw;

import io.dsafs.spec.Bar0;
import io.dsafs.spec.Layout;
import io.dsafs.spec.Register;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * BAR0: finds the register of an offset. Accesses are naturally aligned and 1, 2, 4 or 8 bytes
 * wide; others read ones and write nothing. Unassigned offsets read 0. All methods are called with
 * the device lock held.
 */
final class RegisterSpace {
  private final Bank[] bankAt = new Bank[Bar0.SIZE_BYTES / 4];
  private final List<Bank> banks = new ArrayList<>();

  /** Adds a register. */
  Bank add(Register register) {
    return add(new Bank(register.layout(), register.offset(), register.sizeBytes(), 1));
  }

  /** Adds a table. */
  Bank add(Layout layout, int offset, int stride, int count) {
    return add(new Bank(layout, offset, stride, count));
  }

  private Bank add(Bank bank) {
    for (int index = 0; index < bank.count(); index++) {
      int start = (bank.offset() + index * bank.stride()) / 4;
      for (int dword = 0; dword < bank.layout().sizeBytes() / 4; dword++) {
        if (bankAt[start + dword] != null) {
          throw new IllegalArgumentException(
              bank.layout().name() + " overlaps " + bankAt[start + dword].layout().name());
        }
        bankAt[start + dword] = bank;
      }
    }
    banks.add(bank);
    return bank;
  }

  List<Bank> banks() {
    return Collections.unmodifiableList(banks);
  }

  private static boolean valid(long offset, int width) {
    return (width == 1 || width == 2 || width == 4 || width == 8)
        && offset >= 0
        && offset <= Bar0.SIZE_BYTES - width
        && offset % width == 0;
  }

  static long allOnes(int width) {
    return width < 8 ? (1L << (8 * width)) - 1 : -1L;
  }

  long read(long offset, int width) {
    if (!valid(offset, width)) {
      return allOnes(width);
    }
    int at = (int) offset;
    if (width == 8) {
      return (readDword(at) & 0xffff_ffffL) | (long) readDword(at + 4) << 32;
    }
    return (readDword(at & -4) & 0xffff_ffffL) >>> (8 * (at & 3)) & allOnes(width);
  }

  private int readDword(int offset) {
    Bank bank = bankAt[offset / 4];
    if (bank == null) {
      return 0;
    }
    int within = offset - bank.offset();
    return bank.read(within / bank.stride(), within % bank.stride() / 4);
  }

  void write(long offset, int width, long value) {
    if (!valid(offset, width)) {
      return;
    }
    int at = (int) offset;
    if (width == 8) {
      writeDword(at, (int) value, -1);
      writeDword(at + 4, (int) (value >>> 32), -1);
    } else {
      int shift = 8 * (at & 3);
      int mask = (int) allOnes(width) << shift;
      writeDword(at & -4, ((int) value << shift) & mask, mask);
    }
  }

  private void writeDword(int offset, int value, int mask) {
    Bank bank = bankAt[offset / 4];
    if (bank != null) {
      int within = offset - bank.offset();
      bank.write(within / bank.stride(), within % bank.stride() / 4, value, mask);
    }
  }
}
