namespace Moda.Kernels.Tests.Conformance;

/// <summary>What storing does to a value.</summary>
internal static class Rounding
{
    /// <summary>The nearest value of a format.</summary>
    public static float Round(this ElementType type, float value) => type == ElementType.Float16 ? (float)(Half)value : value;
}
