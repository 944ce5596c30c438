namespace Moda.Kernels.Parameters;

/// <summary>A range of other values.</summary>
internal sealed class SlicedValues(ParameterValues values, int start, int count) : ParameterValues(count)
{
    public override void ReadRange(int first, Span<float> destination) => values.ReadRange(start + first, destination);
}
