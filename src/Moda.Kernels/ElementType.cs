namespace Moda.Kernels;

/// <summary>How a device stores the elements of a tensor. Sums are always kept in float32.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,
}

/// <summary>Sizes of element types.</summary>
internal static class ElementTypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    public static int SizeInBytes(this ElementType type) => type == ElementType.Float16 ? 2 : 4;
}
