package io.dsafs.core;

/**
 * The features of the emulated CPU that the driver asks for at load. ENQCMD implies ENQCMDS.
 *
 * @param movdir64b CPUID.7.0:ECX[28]
 * @param enqcmd CPUID.7.0:ECX[29]
 */
public record CpuFeatures(boolean movdir64b, boolean enqcmd) {}
