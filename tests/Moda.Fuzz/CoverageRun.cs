using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Moda.Fuzz;

/// <summary>
/// Lets files evolve: one that makes the reader take a way that none took before is kept and damaged further. It needs an assembly that
/// SharpFuzz has instrumented; see <c>coverage.sh</c>.
/// </summary>
internal sealed unsafe class CoverageRun : IFuzzTarget, IDisposable
{
    private const int MapBytes = 1 << 16;

    private readonly IFuzzTarget target;
    private readonly List<byte[]> corpus;
    private readonly byte* map = (byte*)NativeMemory.AllocZeroed(MapBytes);

    // For each branch the numbers of times, as powers of two, that some file has taken it.
    private readonly byte[] seen = new byte[MapBytes];
    private byte[] last = [];

    /// <summary>Takes a reader; nothing of an instrumented assembly may have run before.</summary>
    public CoverageRun(Func<IFuzzTarget> create)
    {
        Trace.SharedMem = map;
        target = create();
        corpus = [.. target.Seeds];
    }

    public string Name => "coverage-" + target.Name;

    public string FileName => target.FileName;

    public IReadOnlyList<byte[]> Seeds => corpus;

    /// <summary>Branches that some file has taken.</summary>
    public int Branches => seen.Count(times => times != 0);

    public void Prepare(string folder) => target.Prepare(folder);

    public byte[] Mutate(Random random, byte[] original) => last = target.Mutate(random, original);

    public bool IsRefusal(Exception exception) => target.IsRefusal(exception);

    public void Read(string path)
    {
        new Span<byte>(map, MapBytes).Clear();
        Trace.PrevLocation = 0;
        try
        {
            target.Read(path);
        }
        finally
        {
            Note();
        }
    }

    public void Dispose()
    {
        Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapBytes);
        NativeMemory.Free(map);
    }

    private void Note()
    {
        bool isNew = false;
        for (int branch = 0; branch < MapBytes; branch++)
        {
            if (map[branch] != 0)
            {
                byte times = (byte)(1 << (int)uint.Log2(map[branch]));
                isNew |= (seen[branch] & times) == 0;
                seen[branch] |= times;
            }
        }

        if (isNew)
        {
            corpus.Add(last);
        }
    }
}
