using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ILGPU.Runtime;

namespace Moda.Kernels.Ilgpu.Accelerators;

/// <summary>Which accelerator a device's name means: <c>ilgpu</c>, <c>ilgpu:cuda</c>, <c>ilgpu:opencl:1</c>, <c>ilgpu:cpu</c>.</summary>
/// <param name="Kind">The kind; null for the best GPU.</param>
/// <param name="Ordinal">The number among those of the kind, from 0.</param>
internal sealed record AcceleratorName(AcceleratorType? Kind, int Ordinal)
{
    /// <summary>The name of the best GPU, and the beginning of all others.</summary>
    public const string Any = "ilgpu";

    /// <summary>All forms, for messages.</summary>
    public const string Forms = "ilgpu, ilgpu:cuda:N, ilgpu:opencl:N, ilgpu:cpu";

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        null => Any,
        AcceleratorType.CPU => $"{Any}:cpu",
        { } kind => $"{Any}:{kind.ToString().ToLowerInvariant()}:{Ordinal}",
    };

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AcceleratorName? name)
    {
        string[] parts = text.Split(':');
        int ordinal = 0;
        AcceleratorType? kind = parts is [Any, var second, ..] ? KindOf(second) : null;
        bool isName = parts switch
        {
            [Any] => true,
            [Any, _] => kind is not null,
            [Any, _, var number] => kind is AcceleratorType.Cuda or AcceleratorType.OpenCL
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ordinal),
            _ => false,
        };
        name = isName ? new AcceleratorName(kind, ordinal) : null;
        return isName;
    }

    private static AcceleratorType? KindOf(string text) => text switch
    {
        "cuda" => AcceleratorType.Cuda,
        "opencl" => AcceleratorType.OpenCL,
        "cpu" => AcceleratorType.CPU,
        _ => null,
    };
}
