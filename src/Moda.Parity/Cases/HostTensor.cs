using Moda.Kernels;

namespace Moda.Parity.Cases;

/// <summary>A tensor on the host as parity compares them: float32 values, row-major, in the reference's order of axes.</summary>
/// <param name="Values">As many as the extents' product.</param>
/// <param name="Extents">Outermost first.</param>
public sealed record HostTensor(float[] Values, int[] Extents)
{
    /// <summary>The extents as a device tensor has them.</summary>
    public Shape Shape => new(Extents);

    /// <summary>Copies a tensor from a device, with the device's order of axes.</summary>
    public static HostTensor Read(Device device, Tensor tensor)
    {
        float[] values = new float[tensor.Shape.ElementCount];
        device.Read(tensor, values);
        int[] extents = new int[tensor.Shape.Rank];
        tensor.Shape.CopyTo(extents);
        return new HostTensor(values, extents);
    }

    /// <summary>Moves the channels from the second place to the last: [N, C, ...] to [N, ..., C].</summary>
    public HostTensor ToChannelsLast()
    {
        int positions = Positions(Extents.AsSpan(2));
        return Transpose(Extents[1], positions, [Extents[0], .. Extents[2..], Extents[1]]);
    }

    /// <summary>Moves the channels from the last place to the second: [N, ..., C] to [N, C, ...].</summary>
    public HostTensor ToChannelsFirst()
    {
        int positions = Positions(Extents.AsSpan(1, Extents.Length - 2));
        return Transpose(positions, Extents[^1], [Extents[0], Extents[^1], .. Extents[1..^1]]);
    }

    /// <summary>Exchanges the two outermost axes: [B, T, ...] to [T, B, ...].</summary>
    public HostTensor SwapOuterAxes()
    {
        int inner = Positions(Extents.AsSpan(2));
        float[] swapped = new float[Values.Length];
        for (int first = 0; first < Extents[0]; first++)
        {
            for (int second = 0; second < Extents[1]; second++)
            {
                Values.AsSpan((first * Extents[1] + second) * inner, inner).CopyTo(swapped.AsSpan((second * Extents[0] + first) * inner));
            }
        }

        return new HostTensor(swapped, [Extents[1], Extents[0], .. Extents[2..]]);
    }

    /// <summary>The same values with other extents.</summary>
    public HostTensor Reshape(params int[] extents) => Positions(extents) == Values.Length
        ? new HostTensor(Values, extents)
        : throw new ArgumentException($"{Values.Length} values can't be viewed as [{string.Join(", ", extents)}].", nameof(extents));

    // Each of the outermost axis' matrices [rows, columns] is transposed.
    private HostTensor Transpose(int rows, int columns, int[] extents)
    {
        float[] transposed = new float[Values.Length];
        for (int start = 0; start < Values.Length; start += rows * columns)
        {
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    transposed[start + column * rows + row] = Values[start + row * columns + column];
                }
            }
        }

        return new HostTensor(transposed, extents);
    }

    private static int Positions(ReadOnlySpan<int> extents)
    {
        int positions = 1;
        foreach (int extent in extents)
        {
            positions *= extent;
        }

        return positions;
    }
}
