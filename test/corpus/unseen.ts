// biome-ignore format: one id a line would be sixty lines
/** The cases that no public API shows, by what its coverage leaves out. */
const beyondTheApi: Record<string, readonly string[]> = {
  'length and precision of types': ['column/type_varchar_len'],
  'defaults that are no constants': [
    'column/add_identity_default', 'column/set_identity_always', 'sequence/rename_serial', 'sequence/rename_identity',
  ],
  'enum labels': ['type/enum_private_add_value', 'misc/catalog_update_enum'],
  'keys of views': ['constraint/add_pk_private_under_view'],
  'whether a relationship is one-to-one': [
    'constraint/add_unique_on_fk_col', 'constraint/add_unique_using_index_fk_col',
    'constraint/add_unique_private_fk_under_views',
  ],
  'which methods a view takes': [
    'view/replace_private_mid_not_updatable', 'rule/create_on_view', 'trigger/create_instead_insert',
    'trigger/drop_instead_private_mid', 'trigger/replace_instead_insert_to_update',
  ],
  'more of functions than the names of their parameters': [
    'function/replace_volatility', 'function/replace_default', 'function/alter_routine_stable',
    'function/set_statement_timeout', 'function/set_isolation', 'function/reset_all', 'function/rows_computed_rel',
    'type/domain_private_rename_fn_arg',
  ],
  'the names of domains': ['type/domain_rename', 'type/domain_rename_via_type'],
  'domain representations': [
    'cast/drop', 'cast/drop_function_cascade', 'cast/rename_function', 'cast/revoke_function',
    'cast/grant_function_back', 'cast/rename_domain', 'grant/all_functions_with_cast', 'misc/drop_owned_cast_priv',
  ],
  'media type handlers': [
    'media/create_handler_aggregate', 'media/aggregate_any_element', 'media/rename_private_domain',
    'media/drop_final_aggregate_owned',
  ],
  comments: [
    'comment/table', 'comment/column', 'comment/view', 'comment/function', 'misc/create_or_replace_and_comment_tx',
  ],
  'a schema that is empty': ['schema/create_listed'],
};

// biome-ignore format: one id a line would be forty lines
/** What a probe leaves out and the OpenAPI document tells. */
const beyondNames: Record<string, readonly string[]> = {
  'types, nullability and defaults of columns': [
    'table/set_notnull_private_parent_public_child', 'column/set_default', 'column/drop_not_null', 'view/set_default',
    'function/drop_private_cascade_default', 'type/enum_private_set_schema', 'type/composite_rename',
    'type/domain_set_not_null', 'type/domain_private_default', 'schema/rename_private',
  ],
  'primary keys': ['constraint/add_pk', 'constraint/add_pk_using_index'],
};

const ids = (...reasons: Record<string, readonly string[]>[]) =>
  new Set(reasons.flatMap((reason) => Object.values(reason).flat()));

export const unseen = { openapi: ids(beyondTheApi), probe: ids(beyondTheApi, beyondNames) };
