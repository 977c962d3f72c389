using Recurrent.Emulation.Machine;
using Recurrent.Emulation.Text;
using static Recurrent.Emulation.Text.PtxType;

namespace Recurrent.Emulation.Instructions;

/// <summary>Instructions as the PTX ISA has them, and what runs them.</summary>
internal static unsafe class Decoder
{
    /// <summary>Makes an instruction ready.</summary>
    public static void Decode(PtxSource source, Operands o, Rows rows, Instruction* i)
    {
        switch (o.Name)
        {
            case "mov":
                Move(source, o, rows, i);
                break;
            case "cvta":
                o.Expect("to");
                o.Expect("global");
                o.Type(U64);
                o.End(2);
                i->D = o.Result(0, U64);
                i->A = o.Source(1, U64);
                i->Run = &Lanes.Unary<Move<ulong>, ulong>;
                break;
            case "ld":
            case "st":
                LoadOrStore(source, o, i);
                break;
            case "atom":
            case "red":
                Atomic(source, o, i);
                break;
            case "cp":
                AsyncCopy(source, o, i);
                break;
            case "fence":
                Needs(source, o, 60, 70);
                o.One("acq_rel", "sc");
                o.One("gpu", "sys");
                o.End(0);
                i->Run = &MemoryAccess.Fence;
                break;
            case "membar":
                o.One("gl", "sys");
                o.End(0);
                i->Run = &MemoryAccess.Fence;
                break;
            case "bra":
                Branch(source, o, i);
                break;
            case "ret":
            case "exit":
                o.End(0);
                i->Flow = Flow.Exit;
                break;
            case "trap":
                o.End(0);
                i->Flow = Flow.Trap;
                break;
            case "bar":
            case "barrier":
                Barrier(source, o, i);
                break;
            case "nanosleep":
                Needs(source, o, 63, 70);
                i->A = o.Source(0, o.Type(U32));
                o.End(1);
                i->Run = &WarpOperations.Sleep;
                i->Flow = Flow.Poll;
                break;
            case "shfl":
                Shuffle(source, o, i);
                break;
            case "mma":
                MultiplyTiles(source, o, i);
                break;
            default:
                ArithmeticTable.Decode(source, o, i);
                break;
        }
    }

    /// <summary>The program must be for a version of PTX and for cards that have the instruction.</summary>
    public static void Needs(PtxSource source, Operands o, int version, int target)
    {
        if (source.Version < version || source.Target < target)
        {
            throw o.Failure($"needs .version {version / 10}.{version % 10} and .target sm_{target}");
        }
    }

    private static void Move(PtxSource source, Operands o, Rows rows, Instruction* i)
    {
        var type = o.Type(Pred, B32, U32, S32, F32, B64, U64, S64, F64);
        o.End(2);
        var from = o[1];
        if (type == B64 && from.Kind == OperandKind.Vector)
        {
            i->D = o.Result(0, type);
            o.Vector(1, 2, B32, i);
            i->Run = &WarpOperations.Pack;
            return;
        }
        if (type == B64 && o[0].Kind == OperandKind.Vector)
        {
            o.Vector(0, 2, B32, i);
            i->A = o.Source(1, type);
            i->Run = &WarpOperations.Unpack;
            return;
        }
        i->D = o.Result(0, type);
        if (type == Pred)
        {
            var isConstant = from.Kind == OperandKind.Integer;
            i->A = isConstant ? rows.Constant(from.Bits == 0 ? 0 : uint.MaxValue, 4) : o.Source(1, type);
            i->B = i->A;
            i->Run = &Lanes.Predicates<First>;
            return;
        }
        var wide = PtxTypes.Bytes(type) == 8;
        i->Run = wide ? &Lanes.Unary<Move<ulong>, ulong> : &Lanes.Unary<Move<uint>, uint>;
        if (from.Kind == OperandKind.Special)
        {
            var isTime = from.Name is "%clock64" or "%globaltimer";
            if (isTime != wide || PtxTypes.IsFloat(type))
            {
                throw o.Failure($"{from.Name} has {(isTime ? 64 : 32)} bits");
            }
            if (isTime)
            {
                i->Run = &WarpOperations.Clock;
            }
            else
            {
                i->A = rows.Special(from.Name);
            }
        }
        else if (from.Kind == OperandKind.Symbol && source.Shared.TryGetValue(from.Name, out var offset))
        {
            if (PtxTypes.IsFloat(type))
            {
                throw o.Failure("an address is not a floating-point number");
            }
            i->A = rows.Constant((ulong)offset, wide ? 8 : 4);
        }
        else
        {
            i->A = o.Source(1, type);
        }
    }

    private static void LoadOrStore(PtxSource source, Operands o, Instruction* i)
    {
        var isLoad = o.Name == "ld";
        var strength = isLoad
            ? o.Any("volatile", "relaxed", "acquire", "weak")
            : o.Any("volatile", "relaxed", "release", "weak");
        if (strength is "relaxed" or "acquire" or "release")
        {
            Needs(source, o, 60, 70);
            o.One("gpu", "sys");
        }
        i->IsStrong = strength is not ("" or "weak");
        i->Acquires = strength == "acquire";
        i->Releases = strength == "release";
        var space = isLoad ? o.One("global", "shared", "param") : o.One("global", "shared");
        if (!i->IsStrong && space == "global")
        {
            if (isLoad)
            {
                o.Any("ca", "cg", "cs", "lu", "cv", "nc");
            }
            else
            {
                o.Any("wb", "cg", "cs", "wt");
            }
        }
        i->Count = o.Any("v2", "v4") switch
        {
            "v2" => 2,
            "v4" => 4,
            _ => 1,
        };
        var type = o.Type(B32, U32, S32, F32, B64, U64, S64, F64);
        i->Size = PtxTypes.Bytes(type);
        o.End(2);
        if (i->Count * i->Size > 16)
        {
            throw o.Failure("a vector has at most 16 bytes");
        }
        o.Vector(isLoad ? 0 : 1, i->Count, type, i);
        var address = isLoad ? 1 : 0;
        if (space == "param")
        {
            Parameter(source, o, i, type);
            return;
        }
        i->IsShared = space == "shared";
        i->A = i->IsShared ? o.Shared(address, i) : o.Global(address, i);
        i->Run =
            i->IsStrong ? (isLoad ? &MemoryAccess.LoadStrong : &MemoryAccess.StoreStrong)
            : i->IsShared ? Weak<SharedSpace>(isLoad, i)
            : Weak<GlobalSpace>(isLoad, i);
        i->Flow = isLoad && i->IsStrong ? Flow.Poll : Flow.Next;
    }

    private static delegate* <Warp, Instruction*, uint, void> Weak<TSpace>(bool isLoad, Instruction* i)
        where TSpace : struct, ISpace =>
        (i->Size, i->Count, isLoad) switch
        {
            (4, 1, true) => &Access.Load<TSpace, One>,
            (4, 2, true) => &Access.Load<TSpace, Two>,
            (4, 4, true) => &Access.Load<TSpace, Four>,
            (8, 1, true) => &Access.Load<TSpace, OneWide>,
            (_, _, true) => &Access.Load<TSpace, TwoWide>,
            (4, 1, _) => &Access.Store<TSpace, One>,
            (4, 2, _) => &Access.Store<TSpace, Two>,
            (4, 4, _) => &Access.Store<TSpace, Four>,
            (8, 1, _) => &Access.Store<TSpace, OneWide>,
            _ => &Access.Store<TSpace, TwoWide>,
        };

    private static void Parameter(PtxSource source, Operands o, Instruction* i, PtxType type)
    {
        var operand = o[1];
        var parameter =
            operand.Kind == OperandKind.Address
                ? source.Parameters.FirstOrDefault(parameter => parameter.Name == operand.Name)
                : null;
        if (parameter is null)
        {
            throw o.Failure("there is no such parameter");
        }
        var bytes = i->Count * i->Size;
        if (operand.Bits < 0 || operand.Bits + bytes > parameter.Bytes)
        {
            throw o.Failure($"{bytes} bytes at {operand.Bits} of a parameter of {parameter.Bytes}");
        }
        if (!parameter.IsArray && !PtxTypes.Agree(type, parameter.Type))
        {
            throw o.Failure($"the parameter is of type .{PtxTypes.Name(parameter.Type)}");
        }
        i->Offset = parameter.Offset + operand.Bits;
        if (i->Offset % bytes != 0)
        {
            throw o.Failure($"{bytes} bytes at {i->Offset} of the parameters, which is not a multiple of that");
        }
        i->Run = &MemoryAccess.LoadParameter;
    }

    private static void Atomic(PtxSource source, Operands o, Instruction* i)
    {
        var isRed = o.Name == "red";
        var order = isRed ? o.Any("relaxed", "release") : o.Any("relaxed", "acquire", "release", "acq_rel");
        if (order.Length > 0)
        {
            Needs(source, o, 60, 70);
        }
        i->Acquires = order is "acquire" or "acq_rel";
        i->Releases = order is "release" or "acq_rel";
        i->IsStrong = true;
        o.Any("gpu", "sys");
        o.Expect("global");
        i->Run = o.One("add", "exch", "and", "or") switch
        {
            "add" => &MemoryAccess.Atomic<Sum>,
            "exch" when !isRed => &MemoryAccess.Atomic<Second>,
            "and" => &MemoryAccess.Atomic<And<uint>>,
            "or" => &MemoryAccess.Atomic<Or<uint>>,
            _ => throw o.Failure("red has no exch"),
        };
        var type = o.Type(U32, S32, B32);
        o.End(isRed ? 2 : 3);
        var first = isRed ? 0 : 1;
        i->D = isRed || o[0] is { Kind: OperandKind.Symbol, Name: "_" } ? -1 : o.Result(0, type);
        i->A = o.Global(first, i);
        i->B = o.Source(first + 1, type);
    }

    private static void AsyncCopy(PtxSource source, Operands o, Instruction* i)
    {
        Needs(source, o, 70, 80);
        o.Expect("async");
        switch (o.One("cg", "commit_group", "wait_group", "wait_all"))
        {
            case "commit_group":
                o.End(0);
                i->Run = &MemoryAccess.CommitCopies;
                return;
            case "wait_group":
                o.End(1);
                i->Target = (int)o.Constant(0);
                i->Run = &MemoryAccess.WaitForCopies;
                return;
            case "wait_all":
                o.End(0);
                i->Target = -1;
                i->Run = &MemoryAccess.WaitForCopies;
                return;
        }
        o.Expect("shared");
        o.Expect("global");
        o.End(3);
        if (o.Constant(2) != 16)
        {
            throw o.Failure("cp.async.cg copies 16 bytes");
        }
        i->A = o.Global(1, i);
        i->Target = checked((int)i->Offset);
        (i->IsWide, i->IsShared) = (false, true);
        i->D = o.Shared(0, i);
        i->Run = &MemoryAccess.BeginCopy;
    }

    private static void Branch(PtxSource source, Operands o, Instruction* i)
    {
        i->IsAligned = o.Take("uni");
        o.End(1);
        if (o[0].Kind != OperandKind.Symbol || !source.Labels.TryGetValue(o[0].Name, out var target))
        {
            throw o.Failure($"there is no label '{o[0].Name}'");
        }
        i->Target = target;
        i->Flow = Flow.Branch;
    }

    private static void Barrier(PtxSource source, Operands o, Instruction* i)
    {
        if (o.Name == "bar" && o.Take("warp"))
        {
            Needs(source, o, 60, 70);
            o.Expect("sync");
            o.End(1);
            i->A = o.Source(0, B32);
            i->Run = &WarpOperations.MeetInWarp;
            return;
        }
        o.Any("cta");
        o.Expect("sync");
        i->IsAligned = o.Name == "bar" | o.Take("aligned");
        if (o.Name == "barrier")
        {
            Needs(source, o, 60, 70);
        }
        o.End(1);
        if (o.Constant(0) != 0)
        {
            throw o.Failure("only barrier 0 is known");
        }
        i->Flow = Flow.Barrier;
    }

    private static void Shuffle(PtxSource source, Operands o, Instruction* i)
    {
        Needs(source, o, 60, 70);
        o.Expect("sync");
        i->Target = (int)(
            o.One("up", "down", "bfly", "idx") switch
            {
                "up" => WarpOperations.Shuffle.Up,
                "down" => WarpOperations.Shuffle.Down,
                "bfly" => WarpOperations.Shuffle.Butterfly,
                _ => WarpOperations.Shuffle.Index,
            }
        );
        o.Type(B32);
        o.End(5);
        var result = o[0];
        if (result.Kind == OperandKind.Pair)
        {
            i->Other = o.Register(result.Parts[1], Pred);
            result = result.Parts[0];
        }
        i->D = o.Register(result, B32);
        i->A = o.Register(o[1], B32);
        i->B = o.Source(2, B32);
        i->C = o.Source(3, B32);
        i->V[0] = o.Source(4, B32);
        i->Run = &WarpOperations.Shuffled;
    }

    private static void MultiplyTiles(PtxSource source, Operands o, Instruction* i)
    {
        Needs(source, o, 70, 80);
        foreach (var part in "sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32".Split('.'))
        {
            o.Expect(part);
        }
        o.End(4);
        o.Vector(0, 4, F32, i, 0);
        o.Vector(1, 4, B32, i, 4);
        o.Vector(2, 2, B32, i, 8);
        o.Vector(3, 4, F32, i, 10);
        i->Run = &WarpOperations.MultiplyTiles;
    }
}
