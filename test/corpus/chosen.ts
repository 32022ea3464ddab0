import { isWhole } from '../support/lane.js';
import { type Case, cases, moreCases } from './cases.js';

// biome-ignore format: one id a line would be a hundred lines
/** The cases that stand for all others in `npm test`: of each group one that PostgREST has to be told of and one that not. */
export const chosenIds: readonly string[] = [
  // Of the corpus.
  'table/create_fk', 'table/create_private_junction', 'table/select_into', 'column/add',
  'column/add_if_not_exists_noop', 'column/drop_not_null', 'constraint/add_pk', 'constraint/rename_pk',
  'constraint/rename_fk', 'partition/create_default_partition', 'partition/attach', 'foreign/create_server',
  'foreign/alter_ft_rename_col', 'view/replace_add_col', 'view/replace_same', 'view/rename_col', 'matview/create',
  'matview/create_private', 'rule/create_on_view', 'rule/create_on_table', 'trigger/create_plain_private',
  'trigger/create_instead_insert', 'function/create', 'function/replace_body', 'function/reset_all',
  'type/enum_create_unused', 'type/enum_private_add_value', 'type/domain_set_not_null', 'cast/create_explicit',
  'cast/drop', 'cast/revoke_function', 'media/create_handler_fn', 'media/create_handler_fn_private',
  'schema/create_listed', 'schema/rename_private', 'schema/drop_unrelated', 'comment/table', 'comment/table_same',
  'index/create_concurrently', 'index/alter_index_renames_table', 'sequence/create', 'sequence/rename_serial',
  'grant/table_select', 'grant/all_functions_with_cast', 'rls/force', 'rls/alter_policy', 'extension/create_in_ext',
  'extension/set_schema_in', 'temp/create_table', 'temp/create_table_serial', 'misc/replica_identity',
  'misc/ddl_in_function', 'misc/drop_owned_tables', 'misc/catalog_update_enum', 'misc/event_trigger_disabled_ddl',
  'config/role_set_max_rows', 'config/pre_config_body', 'config/pre_config_unrelated_fn',
  // Of the rarer cases.
  'cast/comment', 'cast/create_from', 'cast/reassign_owned', 'con/add_check', 'con/drop_fk_cascade_by_pk',
  'config/pre_config_default_arg', 'config/pre_config_grant_unrelated', 'ext/add_member', 'ext/drop_public',
  'fn/aggregate_private_unrelated', 'fn/computed_rel_aggregate', 'foreign/fdw_drop_cascade',
  'foreign/server_rename', 'grant/no_parameters', 'grant/rr_cast', 'idx/alter_index_view', 'idx/create_private',
  'inh/drop_default_child_only', 'inh/no_inherit', 'media/agg_drop', 'media/handler_replace',
  'misc/alter_default_privs', 'misc/comment_ft', 'move/agg_out', 'move/ext_private_util',
  'part/add_col_private_parent_public_partition', 'part/detach_concurrently', 'schema/create_authorization',
  'schema/create_private', 'seq/create_owned_default', 'seq/identity_alter', 'temp/aggregate',
  'temp/cascade_function', 'type/collation_rename_in_default', 'type/collation_rename_unused', 'view/check_option',
  'view/comment_col',
];

const chosen = new Set(chosenIds);
const ofLane = (all: readonly Case[]) => (isWhole ? all : all.filter(({ id }) => chosen.has(id)));

/** The corpus in full or what stands for it, as the lane has it. */
export const laneCases = ofLane(cases);

/** The same of the rarer cases. */
export const moreLaneCases = ofLane(moreCases);
