using ILGPU;
using ILGPU.Runtime;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>
/// Implicit GEMM in float32: a group of 16 x 16 threads computes a tile of 64 or 128 positions x 64 or 128 channels, each thread 4 or 8
/// neighbours of both. Inputs and weights of 16 terms at a time lie in shared memory; those of the next step are read from the device's
/// memory while a step is computed.
/// </summary>
internal static class TiledProduct
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    private const int GroupsOfMultiprocessor = 2;
    private const int StepTerms = ProductTile.StepTerms;
    private const int Side = 16;

    // In fours: rows of shared memory. One more than a tile has, so that the stores of neighbouring channels fall on different banks.
    private const int LeftPitch = (ProductTile.Large / 4) + 1;
    private const int RightPitch = ProductTile.Large / 4;

    /// <summary>Two groups hide each other's waits at barriers and for memory.</summary>
    public static KernelSpecialization Limits => new(Threads, GroupsOfMultiprocessor);

    /// <summary>Tiles of 64 positions. Grid: x tiles of positions, y tiles of channels, z groups and splits.</summary>
    public static void Multiply64<TColumns>(ProductArguments a)
        where TColumns : struct, IColumnSums<TColumns>
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(StepTerms * LeftPitch);
        ArrayView<Float4> right = SharedMemory.Allocate<Float4>(StepTerms * RightPitch);
        var loader = new TileLoader(a, ProductTile.Small, TColumns.Columns);
        TapCursor cursor = loader.FirstCursor(a);
        Float4 nextLeft = cursor.Load(a, loader.Origin, loader.Exists, loader.FirstInput);
        Float4 nextRight = loader.LoadWeights(a, 0, 0);
        Float4 nextRightHigh = TColumns.Columns == ProductTile.Large ? loader.LoadWeights(a, 0, ProductTile.Small) : default;
        RowSums<TColumns> sums = default;
        for (int term = 0; term < loader.Terms; term += StepTerms)
        {
            Group.Barrier();
            loader.StoreInputs(left, 0, nextLeft);
            loader.StoreWeights(right, 0, nextRight);
            if (TColumns.Columns == ProductTile.Large)
            {
                loader.StoreWeights(right, ProductTile.Small, nextRightHigh);
            }

            Group.Barrier();
            if (term + StepTerms < loader.Terms)
            {
                cursor = cursor.Advance(StepTerms, a.Geometry);
                nextLeft = cursor.Load(a, loader.Origin, loader.Exists, loader.FirstInput);
                nextRight = loader.LoadWeights(a, term + StepTerms, 0);
                nextRightHigh = TColumns.Columns == ProductTile.Large ? loader.LoadWeights(a, term + StepTerms, ProductTile.Small) : default;
            }

            for (int step = 0; step < StepTerms; step++)
            {
                TColumns weights = TColumns.Load(right, (step * RightPitch) + loader.ThreadX);
                sums = sums.Add(left[(step * LeftPitch) + loader.ThreadY], weights);
            }
        }

        sums.Store(a, loader.FirstOutputRow(a), loader.FirstRow + (4 * loader.ThreadY), loader.FirstOutput, loader.FirstColumn + (4 * loader.ThreadX));
    }

    /// <summary>Tiles of 128 positions. Grid as for <see cref="Multiply64"/>.</summary>
    public static void Multiply128<TColumns>(ProductArguments a)
        where TColumns : struct, IColumnSums<TColumns>
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(StepTerms * LeftPitch);
        ArrayView<Float4> right = SharedMemory.Allocate<Float4>(StepTerms * RightPitch);
        var loader = new TileLoader(a, ProductTile.Large, TColumns.Columns);
        TapCursor cursor = loader.FirstCursor(a);
        Float4 nextLeft = cursor.Load(a, loader.Origin, loader.Exists, loader.FirstInput);
        Float4 nextLeftHigh = cursor.Load(a, loader.OriginHigh, loader.ExistsHigh, loader.FirstInput);
        Float4 nextRight = loader.LoadWeights(a, 0, 0);
        Float4 nextRightHigh = TColumns.Columns == ProductTile.Large ? loader.LoadWeights(a, 0, ProductTile.Small) : default;
        RowSums<TColumns> sums = default;
        RowSums<TColumns> sumsHigh = default;
        for (int term = 0; term < loader.Terms; term += StepTerms)
        {
            Group.Barrier();
            loader.StoreInputs(left, 0, nextLeft);
            loader.StoreInputs(left, ProductTile.Small, nextLeftHigh);
            loader.StoreWeights(right, 0, nextRight);
            if (TColumns.Columns == ProductTile.Large)
            {
                loader.StoreWeights(right, ProductTile.Small, nextRightHigh);
            }

            Group.Barrier();
            if (term + StepTerms < loader.Terms)
            {
                cursor = cursor.Advance(StepTerms, a.Geometry);
                nextLeft = cursor.Load(a, loader.Origin, loader.Exists, loader.FirstInput);
                nextLeftHigh = cursor.Load(a, loader.OriginHigh, loader.ExistsHigh, loader.FirstInput);
                nextRight = loader.LoadWeights(a, term + StepTerms, 0);
                nextRightHigh = TColumns.Columns == ProductTile.Large ? loader.LoadWeights(a, term + StepTerms, ProductTile.Small) : default;
            }

            for (int step = 0; step < StepTerms; step++)
            {
                TColumns weights = TColumns.Load(right, (step * RightPitch) + loader.ThreadX);
                sums = sums.Add(left[(step * LeftPitch) + loader.ThreadY], weights);
                sumsHigh = sumsHigh.Add(left[(step * LeftPitch) + (ProductTile.Small / 4) + loader.ThreadY], weights);
            }
        }

        int column = loader.FirstColumn + (4 * loader.ThreadX);
        sums.Store(a, loader.FirstOutputRow(a), loader.FirstRow + (4 * loader.ThreadY), loader.FirstOutput, column);
        sumsHigh.Store(a, loader.FirstOutputRow(a), loader.FirstRow + ProductTile.Small + (4 * loader.ThreadY), loader.FirstOutput, column);
    }

    /// <summary>What a thread loads of each step: four channels of one or two positions, four weights of a term or twice four.</summary>
    private readonly struct TileLoader
    {
        public readonly int ThreadX;
        public readonly int ThreadY;
        public readonly long FirstRow;
        public readonly int FirstColumn;
        public readonly int FirstInput;
        public readonly int FirstOutput;

        /// <summary>Terms that the group of threads adds.</summary>
        public readonly int Terms;

        public readonly TapOrigin Origin;
        public readonly TapOrigin OriginHigh;
        public readonly bool Exists;
        public readonly bool ExistsHigh;
        private readonly int split;
        private readonly int inputRow;
        private readonly int inputChannel;
        private readonly long firstWeight;

        public TileLoader(ProductArguments a, int tileRows, int tileColumns)
        {
            ThreadX = Group.IdxX % Side;
            ThreadY = Group.IdxX / Side;
            FirstRow = (long)Grid.IdxX * tileRows;
            FirstColumn = Grid.IdxY * tileColumns;
            split = Grid.IdxZ / a.Groups;
            int group = Grid.IdxZ - (split * a.Groups);
            int firstTerm = split * a.SplitTerms;
            Terms = Math.Min(a.SplitTerms, a.Geometry.PaddedTerms - firstTerm);
            FirstInput = group * a.Geometry.Inputs;
            FirstOutput = group * a.Geometry.Outputs;
            inputRow = Group.IdxX / (StepTerms / 4);
            inputChannel = Group.IdxX % (StepTerms / 4) * 4;
            long row = FirstRow + inputRow;
            Exists = row < a.Rows;
            ExistsHigh = row + ProductTile.Small < a.Rows;
            Origin = a.Geometry.OriginOf(row);
            OriginHigh = a.Geometry.OriginOf(row + ProductTile.Small);
            firstWeight = ((((long)group * a.Geometry.PaddedTerms) + firstTerm + ThreadY) * a.Geometry.PaddedOutputs) + FirstColumn + (4 * ThreadX);
        }

        public TapCursor FirstCursor(ProductArguments a) => new TapCursor(0, 0, 0, 0).Advance((split * a.SplitTerms) + inputChannel, a.Geometry);

        // Partial sums are [splits, positions, channels].
        public long FirstOutputRow(ProductArguments a) => split * a.Rows;

        // Terms are counted from the first of the group of threads, places in fours: padded channels are a multiple of 64.
        public Float4 LoadWeights(ProductArguments a, int term, int column) =>
            a.Weights.Cast<Float4>()[(firstWeight + ((long)term * a.Geometry.PaddedOutputs) + column) / 4];

        public void StoreInputs(ArrayView<Float4> left, int row, Float4 inputs)
        {
            ArrayView<float> values = left.Cast<float>();
            int place = (inputChannel * LeftPitch * 4) + row + inputRow;
            values[place] = inputs.X;
            values[place + (LeftPitch * 4)] = inputs.Y;
            values[place + (LeftPitch * 8)] = inputs.Z;
            values[place + (LeftPitch * 12)] = inputs.W;
        }

        public void StoreWeights(ArrayView<Float4> right, int column, Float4 weights) =>
            right[(ThreadY * RightPitch) + (column / 4) + ThreadX] = weights;
    }
}
