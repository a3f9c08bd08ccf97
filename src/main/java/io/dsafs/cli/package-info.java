/**
 * The command line, and the one place that wires everything together.
 *
 * <p>Start with {@link io.dsafs.cli.Main} (the commands) and {@code Machine} (one emulated machine:
 * devices, buses, drivers, tree). Nobody else uses this package. {@code MachineTopology} says which
 * devices there are, {@code InjectionFiles} how they are made to fail. {@code TopCommand} and what
 * it uses know a mount by its files only, as any program does. Texts that are made from commands
 * and tables are in {@code cli.docs}.
 *
 * <p>A command is a class, an option is an annotated field. Output goes through the command's own
 * writers. Exit codes: 0 worked, 1 failed, 2 wrong usage.
 */
package io.dsafs.cli;
