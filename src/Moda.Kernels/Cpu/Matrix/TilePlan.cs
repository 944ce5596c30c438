namespace Moda.Kernels.Cpu.Matrix;

/// <summary>How a convolution is cut into pieces of work. It follows from the shape; only the number of pieces depends on the number of threads.</summary>
internal readonly record struct TilePlan
{
    /// <summary>
    /// Bytes of weights that a group of panels may have: they stay in the second-level cache (1 MiB on the machines measured) while
    /// the tiles of a block are multiplied by them.
    /// </summary>
    private const int SharedWeightBytes = 768 * 1024;

    /// <summary>Bytes of one panel's weights that are read for each tile. More of them would come from the third-level cache each time.</summary>
    private const int PanelBytes = 768 * 1024;

    /// <summary>Rows at multiples of this distance compete for the same sets of the first-level cache.</summary>
    private const int CacheWayBytes = 4096;

    /// <summary>The least multiply-adds of a pair of vectors in a piece: five microseconds.</summary>
    private const int MinimumSteps = 20_000;

    private const int PiecesPerThread = 8;
    private const int MaximumTilesPerBlock = 64;
    private const int MaximumTapsPerChunk = 512;

    /// <summary>Tiles of a piece.</summary>
    public int TilesPerBlock { get; private init; }

    /// <summary>Pieces along the rows.</summary>
    public int Blocks { get; private init; }

    /// <summary>Panels of a piece.</summary>
    public int PanelsPerGroup { get; private init; }

    /// <summary>Pieces along the columns.</summary>
    public int PanelGroups { get; private init; }

    /// <summary>Taps that are summed for one panel before the next panel.</summary>
    public int TapsPerChunk { get; private init; }

    /// <summary>Input channels that are summed for one panel before the next panel.</summary>
    public int ChannelsPerChunk { get; private init; }

    /// <summary>Rows of a tile.</summary>
    public int TileRows { get; private init; }

    /// <summary>Whether a tile asks for the input of the next one: where little is computed for each element, the processor's own foresight falls short.</summary>
    public bool PrefetchesNext { get; private init; }

    /// <summary>Whether a line of taps is read as one run of memory.</summary>
    public bool ReadsLines { get; private init; }

    /// <summary>Chooses the pieces.</summary>
    /// <param name="shape">What is known of the convolution.</param>
    public static TilePlan Choose(in Shape shape)
    {
        // Measured on Zen 5 with 512-bit vectors and tiles of 14 rows by 32 columns. These alternatives were slower:
        // - weights blocked for the first-level cache (32 to 64 KiB of a panel at a time): 3 to 10 % slower. Reading weights from the
        //   second level is hidden (9 bytes a cycle), storing and loading unfinished sums is not;
        // - 384 KiB of shared weights and 16 tiles in a block: 3 to 6 % slower, the first pass over weights costs more than later ones;
        // - copying rows that collide in the first-level cache next to each other: 5 to 10 % slower than tiles of 8 rows, which its
        //   12 ways hold;
        // - asking for the next tile's input in the innermost loop: 2 to 4 % slower; asking before each tile: slower where much is
        //   computed for each element, a quarter faster where little is (12 outputs of a map beyond the caches).
        bool rowsCollide = shape.RowStep * sizeof(float) % CacheWayBytes == 0;
        int tileRows = rowsCollide ? Math.Min(shape.TileRows, 8) : shape.TileRows;
        bool readsLines = shape.HasContiguousLines && shape.LineTaps > 1 && shape.Channels < 16 && shape.Taps * shape.Channels <= 1024;
        int vectorBytes = shape.PanelColumns * sizeof(float);
        int channels = Math.Min(shape.Channels, PanelBytes / vectorBytes);
        int chunks = (shape.Channels + channels - 1) / channels;
        channels = (shape.Channels + chunks - 1) / chunks;
        int taps = Math.Clamp(PanelBytes / vectorBytes / channels, 1, Math.Min(shape.Taps, MaximumTapsPerChunk));
        int panels = Math.Clamp(SharedWeightBytes / (taps * channels * vectorBytes), 1, shape.Panels);

        int tiles = (shape.Rows + tileRows - 1) / tileRows;
        double steps = (double)shape.Taps * shape.Channels * tileRows * tiles * shape.Panels * shape.Repetitions;
        int pieces = (int)Math.Clamp(steps / MinimumSteps, 1, shape.Threads * PiecesPerThread);
        int wanted = Math.Max(1, pieces / shape.Repetitions);
        int panelGroups = (shape.Panels + panels - 1) / panels;
        int tilesPerBlock = Math.Clamp(tiles * panelGroups / wanted, 1, Math.Min(MaximumTilesPerBlock, tiles));
        int blocks = (tiles + tilesPerBlock - 1) / tilesPerBlock;
        panelGroups = Math.Min(shape.Panels, Math.Max(panelGroups, wanted / blocks));
        panels = (shape.Panels + panelGroups - 1) / panelGroups;
        return new TilePlan
        {
            TilesPerBlock = tilesPerBlock,
            Blocks = blocks,
            PanelsPerGroup = panels,
            PanelGroups = (shape.Panels + panels - 1) / panels,
            TapsPerChunk = taps,
            ChannelsPerChunk = channels,
            TileRows = tileRows,
            PrefetchesNext = shape.Taps * panels <= 20 && shape.Channels <= 256,
            ReadsLines = readsLines,
        };
    }

    /// <summary>What the choice depends on.</summary>
    public readonly record struct Shape
    {
        /// <summary>Output positions.</summary>
        public required int Rows { get; init; }

        /// <summary>Rows of a full tile.</summary>
        public required int TileRows { get; init; }

        /// <summary>Columns of a full panel.</summary>
        public required int PanelColumns { get; init; }

        /// <summary>Panels of a group.</summary>
        public required int Panels { get; init; }

        /// <summary>Taps.</summary>
        public required int Taps { get; init; }

        /// <summary>Taps along the width.</summary>
        public required int LineTaps { get; init; }

        /// <summary>Input channels of a group.</summary>
        public required int Channels { get; init; }

        /// <summary>Elements between the inputs of neighbouring rows.</summary>
        public required int RowStep { get; init; }

        /// <summary>Whether the input's positions follow each other without gaps, and all of a position's channels are read.</summary>
        public required bool HasContiguousLines { get; init; }

        /// <summary>Groups times variants.</summary>
        public required int Repetitions { get; init; }

        /// <summary>Threads.</summary>
        public required int Threads { get; init; }
    }
}
