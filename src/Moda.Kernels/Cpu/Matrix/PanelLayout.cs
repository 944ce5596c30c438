namespace Moda.Kernels.Cpu.Matrix;

/// <summary>
/// How output columns are cut into panels: pairs of vectors, and a single vector at the end where the remaining columns fit into one.
/// The padding is less than one vector.
/// </summary>
/// <param name="Columns">Columns of the matrix.</param>
/// <param name="VectorWidth">Lanes of a vector.</param>
internal readonly record struct PanelLayout(int Columns, int VectorWidth)
{
    /// <summary>The number of panels.</summary>
    public int PanelCount => (Columns + PairWidth - 1) / PairWidth;

    /// <summary>Columns with the padding at the end.</summary>
    public int PaddedColumns { get; } = (Columns + VectorWidth - 1) / VectorWidth * VectorWidth;

    private int PairWidth => 2 * VectorWidth;

    /// <summary>The panel that holds a column.</summary>
    public int PanelOf(int column) => column / PairWidth;

    /// <summary>The first column of a panel.</summary>
    public int FirstColumn(int panel) => panel * PairWidth;

    /// <summary>Columns of a panel, padding among them: one or two vectors.</summary>
    public int Width(int panel) => Math.Min(PairWidth, PaddedColumns - FirstColumn(panel));

    /// <summary>Columns of a panel without the padding.</summary>
    public int ValidColumns(int panel) => Math.Min(PairWidth, Columns - FirstColumn(panel));
}
