namespace Moda.Kernels.Parameters;

/// <summary>Several lists of values, one after the other.</summary>
internal sealed class JoinedValues(ParameterValues[] parts) : ParameterValues(parts.Sum(part => part.Count))
{
    public override void ReadRange(int first, Span<float> destination)
    {
        foreach (ParameterValues part in parts)
        {
            if (destination.IsEmpty)
            {
                return;
            }

            if (first < part.Count)
            {
                int count = Math.Min(part.Count - first, destination.Length);
                part.ReadRange(first, destination[..count]);
                destination = destination[count..];
            }

            first = Math.Max(first - part.Count, 0);
        }
    }
}
