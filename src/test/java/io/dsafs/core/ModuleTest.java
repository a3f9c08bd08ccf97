package io.dsafs.core;

import static io.dsafs.core.KernelVersion.since;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** References to a module. Source: try_module_get(), module_put() in kernel/module/main.c. */
class ModuleTest {
  private final Module module = new Module("idxd", "1.00");

  @Test
  void counts_who_uses_it() {
    assertThat(module.references()).isZero();

    assertThat(module.tryGet()).isTrue();
    assertThat(module.tryGet()).isTrue();
    assertThat(module.references()).isEqualTo(2);

    module.put();
    assertThat(module.references()).isEqualTo(1);
  }

  @Test
  void cannot_be_taken_into_use_once_it_goes() {
    assertThat(module.going()).isFalse();

    module.unload();

    assertThat(module.going()).isTrue();
    assertThat(module.tryGet()).isFalse();
    assertThat(module.references()).isZero();
  }

  @Test
  void shows_its_parameters_in_a_directory_of_that_name() {
    Attribute<String> row = Attribute.readOnly("sva", value -> value + "\n", since(6, 0));

    Module withParameters = Module.withParameters("idxd", "1.00", "Y", List.of(row));

    assertThat(withParameters.name()).isEqualTo("idxd");
    assertThat(withParameters.version()).isEqualTo("1.00");
    assertThat(withParameters.parameters())
        .isEqualTo(new AttributeGroup<>("parameters", "Y", List.of(row)));
    assertThat(module.parameters()).isNull();
  }
}
