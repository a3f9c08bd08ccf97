package io.dsafs.spec;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.List;

/**
 * The meaning of every bit of a register, a table entry, a descriptor or a completion record.
 *
 * <p>A layout is checked when it is built: every bit is declared exactly once (reserved ones too),
 * no field crosses a 64-bit word, names are unique, reset values fit.
 */
public final class Layout {
  private final String name;
  private final int widthBits;
  private final List<Field> fields;

  private Layout(String name, int widthBits, List<Field> fields) {
    this.name = name;
    this.widthBits = widthBits;
    this.fields = List.copyOf(fields);
    check();
  }

  private void check() {
    if (widthBits < 32 || widthBits % 32 != 0) {
      throw new IllegalArgumentException(name + ": width of " + widthBits + " bits");
    }
    int next = 0;
    for (Field field : fields) {
      if (field.bit() < next) {
        throw new IllegalArgumentException(
            name + "." + field.name() + " overlaps a field or is declared out of order");
      }
      if (field.bit() > next) {
        throw new IllegalArgumentException(
            name + ": bits " + next + " to " + (field.bit() - 1) + " are not declared");
      }
      next = field.bit() + field.widthBits();
    }
    if (next != widthBits) {
      throw new IllegalArgumentException(name + ": " + next + " bits are declared of " + widthBits);
    }
    long names =
        fields.stream()
            .filter(field -> field.access() != Access.RESERVED)
            .map(Field::name)
            .distinct()
            .count();
    long named = fields.stream().filter(field -> field.access() != Access.RESERVED).count();
    if (names != named) {
      throw new IllegalArgumentException(name + ": two fields have the same name");
    }
  }

  /** Starts the declaration of a layout; fields are declared from bit 0 upwards. */
  public static Builder layout(String name, int widthBits) {
    return new Builder(name, widthBits);
  }

  public String name() {
    return name;
  }

  public int widthBits() {
    return widthBits;
  }

  public int sizeBytes() {
    return widthBits / 8;
  }

  /** All fields from bit 0 upwards, reserved ones included. */
  public List<Field> fields() {
    return fields;
  }

  /** How many 64-bit words hold the layout. */
  public int words() {
    return (widthBits + 63) / 64;
  }

  /** The field of that name; a wrong name is an error of the program. */
  public Field field(String fieldName) {
    for (Field field : fields) {
      if (field.name().equals(fieldName)) {
        return field;
      }
    }
    throw new IllegalArgumentException(name + " has no field " + fieldName);
  }

  /** The reset value of one 64-bit word. */
  public long reset(int word) {
    long value = 0;
    for (Field field : fields) {
      if (field.word() == word) {
        value = field.with(value, field.reset());
      }
    }
    return value;
  }

  @Override
  public String toString() {
    return name;
  }

  /** Declares the fields of a layout in order; the access stands until it is changed. */
  public static final class Builder {
    private final String name;
    private final int widthBits;
    private final List<Field> fields = new ArrayList<>();
    private Access access = Access.READ_WRITE;

    private Builder(String name, int widthBits) {
      this.name = name;
      this.widthBits = widthBits;
    }

    /** The fields that follow are read-only. */
    @CanIgnoreReturnValue
    public Builder readOnly() {
      access = Access.READ_ONLY;
      return this;
    }

    /** The fields that follow can be written. */
    @CanIgnoreReturnValue
    public Builder readWrite() {
      access = Access.READ_WRITE;
      return this;
    }

    /** The fields that follow can be written at times. */
    @CanIgnoreReturnValue
    public Builder locked() {
      access = Access.READ_WRITE_LOCKED;
      return this;
    }

    /** The fields that follow are cleared by writing ones. */
    @CanIgnoreReturnValue
    public Builder writeOneClears() {
      access = Access.WRITE_ONE_CLEARS;
      return this;
    }

    /** The fields that follow read 0. */
    @CanIgnoreReturnValue
    public Builder writeOnly() {
      access = Access.WRITE_ONLY;
      return this;
    }

    /** A field with reset value 0. */
    @CanIgnoreReturnValue
    public Builder field(int bit, int width, String fieldName) {
      return field(bit, width, fieldName, 0);
    }

    /** A field. */
    @CanIgnoreReturnValue
    public Builder field(int bit, int width, String fieldName, long reset) {
      fields.add(new Field(fieldName, bit, width, access, reset));
      return this;
    }

    /** A field of one bit with reset value 0. */
    @CanIgnoreReturnValue
    public Builder flag(int bit, String fieldName) {
      return field(bit, 1, fieldName);
    }

    /** Reserved bits from {@code bit} up to and including {@code last}. */
    @CanIgnoreReturnValue
    public Builder reserved(int bit, int last) {
      int from = bit;
      while (from <= last) {
        int to = Math.min(last, from | 63);
        fields.add(new Field("rsvd", from, to - from + 1, Access.RESERVED, 0));
        from = to + 1;
      }
      return this;
    }

    /** Fields of another layout, in place; both layouts then share the {@link Field} objects. */
    @CanIgnoreReturnValue
    public Builder sameAs(Layout other) {
      fields.addAll(other.fields());
      return this;
    }

    /** Ends the declaration. */
    public Layout build() {
      return new Layout(name, widthBits, fields);
    }
  }
}
