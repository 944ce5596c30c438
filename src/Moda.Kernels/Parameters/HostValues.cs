namespace Moda.Kernels.Parameters;

/// <summary>Values in an array.</summary>
internal sealed class HostValues(float[] values) : ParameterValues(values.Length)
{
    public override void ReadRange(int first, Span<float> destination) => values.AsSpan(first, destination.Length).CopyTo(destination);
}
