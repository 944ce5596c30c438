namespace Moda.Kernels.Ilgpu.Products;

/// <summary>A place in the terms of a sum: a tap, and the first of four channels.</summary>
internal readonly struct TapCursor(int channel, int z, int y, int x)
{
    private readonly int channel = channel;
    private readonly int z = z;
    private readonly int y = y;
    private readonly int x = x;

    /// <summary>So many terms further on. The paddings of a tap are terms too.</summary>
    public TapCursor Advance(int terms, ProductGeometry geometry)
    {
        int nextChannel = channel + terms;
        int nextX = x;
        int nextY = y;
        int nextZ = z;
        while (nextChannel >= geometry.PaddedInputs)
        {
            nextChannel -= geometry.PaddedInputs;
            nextX++;
            if (nextX == geometry.KernelWidth)
            {
                nextX = 0;
                nextY++;
                if (nextY == geometry.KernelHeight)
                {
                    nextY = 0;
                    nextZ++;
                }
            }
        }

        return new TapCursor(nextChannel, nextZ, nextY, nextX);
    }

    /// <summary>The input's values; zeros in the padding and behind the last tap.</summary>
    /// <param name="a">The product.</param>
    /// <param name="origin">The output position.</param>
    /// <param name="exists">Whether there is such an output position.</param>
    /// <param name="firstInput">The first input channel of the group.</param>
    public Float4 Load(ProductArguments a, TapOrigin origin, bool exists, int firstInput)
    {
        long row = exists && z < a.Geometry.KernelDepth ? a.Geometry.RowOf(origin, z, y, x) : -1;
        if (row < 0)
        {
            return default;
        }

        int left = a.Geometry.Inputs - channel;
        long place = (row * a.Input.RowStride) + firstInput + channel;
        if (a.IsWide != 0)
        {
            Float4 four = a.Input.Values.Cast<Float4>()[place / ProductGeometry.ChunkChannels];
            return left >= ProductGeometry.ChunkChannels ? four : four.First(left);
        }

        return new Float4(
            left > 0 ? a.Input.Values[place] : 0,
            left > 1 ? a.Input.Values[place + 1] : 0,
            left > 2 ? a.Input.Values[place + 2] : 0,
            left > 3 ? a.Input.Values[place + 3] : 0);
    }
}
